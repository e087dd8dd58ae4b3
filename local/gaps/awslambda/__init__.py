"""What MiniStack lacks of Lambda.

asynchronous: Lambda:
requests: Lambda:
kinesis_source: Lambda reading from Kinesis:
sqs_source: Lambda reading from SQS:
function_url: Lambda:
template: Lambda:
"""
