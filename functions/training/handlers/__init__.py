"""One module per Lambda function: it parses its event, calls, returns.

predict: Rows over HTTP -> predictions of the version that serves.
"""
