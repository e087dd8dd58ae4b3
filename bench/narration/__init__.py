"""Narration: what Polly bills over an article's life, what merging takes, how fast articles pass the whole cloud.

texts: articles and a history of their edits, made by a seeded generator: the same on every machine
billing: characters that Polly bills over the life of one article, by what an edit pays for
reading: CPU of the rules of reading, against the same walk through the same pages without any
merges: mastered and express merge of 60 fragments against the usual join with pydub: CPU and peak memory
cloud: articles end to end on the local cloud, from the message on SNS to the published audio: cold against warm
"""
