"""The chapter on models.

chapter: The chapter on models:
maker: A day of calls of three models that never were, as Bedrock logs them:
plot: Refusals, similarity and toxicity of a day as one picture:
"""
