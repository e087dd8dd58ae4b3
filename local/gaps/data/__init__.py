"""What MiniStack lacks of the stores that data goes through.

tables: DynamoDB's tables: keys, indexes, streams
streams: Kinesis' and Firehose's streams: names, modes, buffers
"""
