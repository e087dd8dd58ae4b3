"""The chapter on models.

chapter: a day of calls is delivered, read and measured; alarms go off by the clock
maker: the day of calls of three models, as Bedrock logs them
records: a record of that log, and the models
declared: answers of which a provider, a guardrail or documents say what they are
late: logs that come forty minutes late, which the lag's alarm tells
metrics: what CloudWatch tells of the day
plot: refusals, similarity and toxicity of the day as one picture
"""
