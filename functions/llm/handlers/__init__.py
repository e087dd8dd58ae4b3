"""One module per Lambda function: it parses its event, calls, returns.

read_logs: LlmReadLogs: events of log objects from a queue -> metrics of their records.
take_events: LlmTakeEvents: log events of CloudWatch Logs -> a log object for LlmReadLogs.
read_stream: LlmReadStream: a Kinesis batch of the completions stream -> metrics of its pairs.
evaluate: LlmEvaluate: a paid module's name, bucket and key of at most 25 pairs -> their metrics of that module.
canary: LlmCanary: a schedule -> the fixed list of prompts to one model; what changed.
"""
