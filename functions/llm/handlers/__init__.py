"""One module per Lambda function: it parses its event, calls, returns.

read_logs: LlmReadLogs:
read_stream: LlmReadStream:
evaluate_sentiment: Evaluate sentiment:
evaluate_similarity: Evaluate similarity:
evaluate_toxicity: Evaluate toxicity:
"""
