"""Textract: what it is asked, its jobs, and its answers as text, forms and tables.

calls: Textract's client, and its refusals under the names that the state machine knows.
blocks: Textract's Blocks as text, forms, tables, queries and signatures:
jobs: Jobs of Textract that somebody waits for:
features: What Textract is asked for, as the template's parameters say:
raw_answers: Textract's raw answer in S3:
"""
