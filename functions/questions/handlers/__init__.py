"""One module per Lambda function: it parses its event, calls, returns.

door: A request over HTTP -> a question taken, or an answer given out.
answer: Rows in S3 -> the answer, the session's turn, an event.
refuse: A question that gets no answer -> the reason, kept; an event.
"""
