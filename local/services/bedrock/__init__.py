"""Bedrock, by an extractive summariser and hashed n-grams.

service: Bedrock's Converse by an extractive summariser, and InvokeModel for models that have a module of their own.
models: Which models the local Bedrock has, and what stands behind an inference profile.
titan: Amazon Titan Text Embeddings behind Bedrock's InvokeModel:
"""
