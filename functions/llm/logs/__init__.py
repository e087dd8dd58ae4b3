"""From log objects and stream records to pairs of prompt and completion.

log_objects: One log object from the bucket to the metrics, once.
records: Records of Bedrock's model invocation log -> pairs, and a reason for each record that gives none.
lines: Lines of a log object, however large and however broken:
offloaded_bodies: Bodies over 100 KB, which Bedrock stores beside the log and which may land after it.
claims: The same log object counts once, whoever is told of it how often, and whoever dies over it.
stream_records: Records of the completions stream -> the same pairs that logs give.
shards: How far each shard of the completions stream has been measured, and which requests came last.
bodies: What people asked and what a model said, out of the request and answer bodies that Bedrock logs.
"""
