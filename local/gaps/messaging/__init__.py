"""What MiniStack lacks of SNS and SQS.

sns_delivery: a subscription's dead-letter queue; a function's policy is asked and its failures are retried
sqs_redrive: StartMessageMoveTask and ListMessageMoveTasks
queues: names, attributes, dead-letter queues and messages of SQS that are refused
topics: names, subscriptions, filter policies and messages of SNS that are refused
"""
