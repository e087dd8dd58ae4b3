"""What an operator runs against a stack, wherever it runs: ``python -m operate``.

calibrate: ``python -m operate calibrate``:
logistic: Logistic regression on a few hundred rows of named features:
bedrock_logging: Bedrock's invocation log of an account and Region:
cost: What narration has cost, from the metrics that it publishes; on AWS as on the local cloud.
stream: Play a file of rows into a Firehose stream, as a producer would:
cli: The command line of an operator:
errors: The one way in which a command of an operator ends badly.
clients: Where a command goes:
redrive: Failed executions that wait in a pipeline's failed queue -> started again, by the stack's own RedriveFailed.
sign: Signed URLs and cookies that open members' audio behind the distribution, for a publisher's web server to ...
"""
