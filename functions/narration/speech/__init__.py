"""From paragraphs to requests to Polly, each known by a hash.

ssml: SSML for Polly:
sentences: Where a text may be cut so that the cut is not heard:
fragments: What an article is made of:
voices: Which voice reads an article:
"""
