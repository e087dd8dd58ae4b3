"""A search: what a reader may read, nearest first, each hit looked at again before it is told.

world: What a search and a look again need; that of a look again, from the environment.
paid: That of a search beside it: the index, and an embedder whose calls are paid for.
filters: A stranger's filters, and the filter that S3 Vectors is asked with.
queries: Sets in portions, two queries for each, a few at a time: all that may be a hit.
lexical: How well a passage's words are the question's.
ranking: What was found in one order: by references that are held, by nearness, by words.
checks: Whether a hit's version counts and its reader may read it, now.
bases: Passages of a Bedrock knowledge base that somebody has, which everybody may read.
search: All of it, in order, with what was left out and taken away.
boxes: Where a hit's lines stand on their page.
"""
