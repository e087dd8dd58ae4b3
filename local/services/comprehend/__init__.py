"""Comprehend, by lexicons, rules and patterns.

service: the operations, their limits (25 documents, 5,000 and 100,000 bytes, toxic segments) and batch answers
switches: quotas, faults on request, counts and billed units
errors: errors of a text and the codes that a batch's ErrorList has for them
language: which language a text is in: langdetect and the commonest words
sentiment: VADER clause by clause, in Comprehend's four scores (``sentiment.toml``)
entities: named entities by shapes, known names and their neighbours (``entities.toml``)
pii: PII types by patterns, check digits and labels (names, cards, accounts, passports, US and UK numbers ...)
toxicity: toxicity labels by a lexicon that sees through spellings (``toxicity.toml``)
"""
