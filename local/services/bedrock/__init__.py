"""Bedrock, by an extractive summariser and hashed n-grams.

service: Converse: checks between members and of the model, the answer as text or tool use; InvokeModel to titan
models: which models there are (``models.toml``), their context and answer tokens, tool choices, inference profiles
titan: Titan Text Embeddings: hashed words and character n-grams; its limits and messages
"""
