"""What every pipeline stands on; it knows no pipeline.

errors: Errors with names that state machines, alarms and people can act on.
emf: Embedded metric format without a library, for functions whose budget is a cold start of milliseconds.
settings: Settings a handler reads from its environment, as one frozen dataclass a handler.
redrive: RedriveFailed:
executions: Starting a state machine exactly once for the same piece of work, and once more when it has failed.
objects: Objects in one S3 bucket, with the conditional writes on which everything repeatable here is built.
observability: The one place where a logger and a metrics sink are made.
aws: One boto3 client of a kind for the life of a worker, made when it is first needed.
table: Items of the application's one DynamoDB table:
batches: A batch of an SQS queue, message by message:
events: Events out, by EventBridge.
image_kinds: Which kind of image some bytes are, by their first ones.
"""
