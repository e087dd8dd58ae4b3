"""SageMaker's InvokeEndpoint, by an extractive summariser.

service: both request forms of text models, endpoints that exist, errors and truncated answers on request
"""
