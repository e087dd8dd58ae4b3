"""Sentences by a language model, checked.

providers: Who writes summaries:
prompts: What the model is asked.
completions: What models say when they were asked for ``{"sentences":
quality: What can be wrong with a summary, found without asking anybody:
masking: The document's text with personal data taken out, for whoever must not see it.
summarizing: A document -> a summary that was looked at:
"""
