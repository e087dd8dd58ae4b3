"""One module per Lambda function: it parses its event, calls, returns.

read_logs: LlmReadLogs: events of log objects from a queue -> metrics of their records.
read_stream: LlmReadStream: a Kinesis batch of the completions stream -> metrics of its pairs.
evaluate_sentiment: LlmEvaluateSentiment: a pointer to at most 25 pairs -> their sentiment.
evaluate_similarity: LlmEvaluateSimilarity: a pointer to at most 25 pairs -> how near they are.
evaluate_toxicity: LlmEvaluateToxicity: a pointer to at most 25 pairs -> how toxic they are.
"""
