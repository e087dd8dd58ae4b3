"""What MiniStack lacks of Firehose.

delivery: the transformation by Lambda with its retries, compression, delivery, error prefix, the role
_buffer: items collected by size and time, then handed on together
destinations: one for a stream, with roles that trust Firehose
_records: a function's answer held against its batch: missing, doubled and failed records, and how errors are written
_parquet: record format conversion to Parquet, bad records apart
"""
