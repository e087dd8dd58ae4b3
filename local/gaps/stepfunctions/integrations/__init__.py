"""Calls of a task to other services.

metadata: the SDK's metadata in the answers of optimised integrations
throttle: a throttled function fails the task as Lambda.TooManyRequestsException
turns: a task waits for a place at its function before its time begins
callback: with waitForTaskToken, a function that fails ends its task at once
nested: startExecution, .sync and .sync:2: the child's failure, its output, its stop
sagemaker: models and endpoints made; createTrainingJob.sync: the job's failure, its answer, its stop
"""
