"""From log objects and stream records to pairs of prompt and completion.

messages: Which log object a message tells of, by its key; for how many seconds a message is put back.
claims: The same log object counts once: lease, checkpoint, how long a finished one is remembered.
log_objects: One log object from the bucket to the metrics: largest object, waits for bodies, the end of the time.
lines: Lines of an object, however large and however broken: longest line, bombs, gzip.
records: A record of the invocation log -> a pair, or the reason why not; the longest prompt and completion.
batch_outputs: The output of batch inference -> the same pairs; the job behind it.
log_events: Log events by a subscription filter -> a log object of their own, or the records in a message.
aggregates: Records that Kinesis' producer library packed into one.
rules: This application's own roles, whose calls are skipped; apps with metrics of their own; model profiles.
offloaded_bodies: Bodies over 100 KB, which Bedrock stores beside the log: the largest, keys that may be read.
bodies: What people asked and what a model said, out of the bodies of every provider.
stream_batches: A batch of one shard, in chunks; where it goes on after a failure.
stream_records: A record of the completions stream -> the same pair that a log gives.
shards: How far each shard has been measured, and the last request ids, so that nothing counts twice.
"""
