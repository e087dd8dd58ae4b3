"""What MiniStack lacks of Lambda.

requests: an event is JSON of at most 6 MB (synchronous) or 1 MB (asynchronous), else 400 or 413
members: requests of the members and types that botocore's model has
template: ReservedConcurrentExecutions of a template is applied
inline_code: code in a template is a file named index; cfnresponse beside it
_cfnresponse: what a custom resource answers with; runs in the function
names: partial ARNs of functions
function_url: Function URLs answer, keep the path percent-encoded, and need both permissions
asynchronous: retries, age limit, destinations and dead-letter queue of the alias that was invoked
configuration: what a function may be: role, run time, sizes, environment, layers
code: the object that code or a layer is in is there, and its caller may read it
event_source: what a mapping may be: batches, filters, the rights of its role
settings: what aliases, permissions, addresses and asynchronous settings may be
_event_sources: what queues and streams share: reports of partial failures, the role's rights
sqs_source: ReportBatchItemFailures that are empty or unknown bring the whole batch back; the role is asked
kinesis_source: retries that end, split batches, partial failures, OnFailure destination, IteratorAge
"""
