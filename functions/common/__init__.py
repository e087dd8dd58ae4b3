"""What every pipeline stands on; it knows no pipeline.

settings: What a handler reads from its environment, as one frozen dataclass per handler.
errors: TransientError and PermanentError, under which every named error stands; ServiceUnavailable.
aws: One boto3 client per service, made late; codes of throttling; errors that may pass later get a name.
traces: What X-Ray is told of calls that are paid for and of writes that decide, without content.
objects: Objects in one S3 bucket, with the conditional writes on which everything repeatable is built.
strict_json: JSON that every reader takes for the same: each member once, no NaN.
sequencers: Which version of one key is the newer one, by S3's sequencer.
table: Items of the application's one DynamoDB table: put if absent, counters with a cap, time to live.
spending: What may be bought in a day, the switch that pauses a pipeline, the purse that each paid call goes through.
admission: A step behind a queue with task tokens: turns, lanes, what is sent again, what is given up.
executions: Starting a state machine once for the same piece of work, and once more when it has failed.
batches: A batch of an SQS queue, message by message; those that fail come back alone.
events: Events out, by EventBridge; source (EVENT_SOURCE of a pipeline's model) and type come from the caller.
redrive: Executions in a failed queue are started again; each pipeline has a handler redrive_failed for it.
doors: Functions behind an HTTP API: who asks, what is asked, how often, what is told.
content: What bytes and texts are: cuts of texts, kinds of images, HTML that no parser should see.
observability: Logger and metrics by Powertools; `observed` dresses a handler; `count` and `measure`.
emf: Embedded metric format without a library, for functions whose cold start is counted in milliseconds.
"""
