"""Bedrock, by extraction, a template grammar and hashed n-grams.

service: Converse: checks between members and of the model, the answer as text or tool use; InvokeModel to titan
guardrails: words, patterns and personal data that a guardrail of ``guardrails.toml`` blocks or masks in a text
guarding: ApplyGuardrail, and Converse's guardrailConfig
models: which models there are (``models.toml``), their context and answer tokens, tool choices, inference profiles
bases: Retrieve of knowledge bases whose passages a test or a demo has put
passages: an answer from passages in the prompt, with faults on request
sql: SQL for a question about tables in the prompt, with faults on request
titan: Titan Text Embeddings: hashed words and character n-grams; its limits and messages
"""
