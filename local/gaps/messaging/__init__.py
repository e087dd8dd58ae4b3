"""What MiniStack lacks of SNS and SQS.

sns_delivery: SNS:
sqs_redrive: SQS:
"""
