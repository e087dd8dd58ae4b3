"""One module per Lambda function: it parses its event, calls, returns.

index: Documents and access files that changed -> the index says what S3 says now.
"""
