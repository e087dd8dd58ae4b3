"""The process: it starts, deploys, serves and stops.

settings: host, port, region, account, folders, and the environment that MiniStack reads while it is imported
lifecycle: start, deploy, serve, stop, and leave nothing behind
server: the front door: calls of the AI services go to their engines, all others to MiniStack
http: the request and response that an engine sees
outages: S3 that answers 503 for a while, on request
model_metrics: calls of models counted in CloudWatch, as Bedrock counts them
iam: may the caller do that? asked for the engines of MiniStack's own policy evaluator
deploying: from a SAM template to a created stack
workers: functions in clean processes of their own, with their memory, time and concurrency limits
clients: boto3 clients for the local endpoint, as the account's root user
stacks: resources of a stack and its nested applications by the templates' logical ids
invoke: one function or state machine of the stack with one event, as ``sam local invoke`` runs functions
testing: a local cloud in a process of its own, for tests and measurements
"""
