"""The chapter on models.

chapter: a day of calls is delivered, read and measured; alarms go off by the clock
maker: the day of calls of three models, as Bedrock logs them
plot: refusals, similarity and toxicity of the day as one picture
"""
