"""What MiniStack lacks of SNS and SQS.

sns_delivery: a subscription's dead-letter queue; a function's policy is asked and its failures are retried
sqs_redrive: StartMessageMoveTask and ListMessageMoveTasks
"""
