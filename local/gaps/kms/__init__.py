"""What MiniStack lacks of KMS: whoever reads or writes what lies under a key is asked for the key too.

objects: S3, and what CloudFront reads there
messages: SQS and SNS, by their calls; services that deliver to them are asked in _authority
stores: DynamoDB, Kinesis, Secrets Manager
log_groups: a log group whose key does not let CloudWatch Logs in is refused
template: keys of tables, streams and topics in a template are kept
"""
