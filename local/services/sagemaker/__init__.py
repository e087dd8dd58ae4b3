"""SageMaker's InvokeEndpoint, by an extractive summariser.

service: SageMaker's InvokeEndpoint:
"""
