"""Comprehend, by lexicons, rules and patterns.

service: Amazon Comprehend's synchronous operations, answered by lexicons, rules and patterns.
entities: Named entities by rules:
errors: The errors Comprehend answers with, named as in AWS's own service model and worded as AWS words them.
language: Which language a text is in:
pii: Personally identifiable information by patterns, check digits and the words that stand before a number.
sentiment: Sentiment by VADER, clause by clause, in Comprehend's four scores.
switches: What a test or an operator may switch on the local Comprehend:
toxicity: Toxicity by a lexicon that sees through common spellings:
"""
