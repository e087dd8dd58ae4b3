"""What MiniStack lacks of Firehose.

delivery: Firehose:
_parquet: Record format conversion:
_records: What Firehose makes of a transformation's answer, and how it writes down what failed.
"""
