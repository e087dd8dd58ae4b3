"""A document's text in passages, and what a search has to meet in them word for word. Only ``sources`` reads S3.

sources: Where a document's summary and text lie in the summaries bucket; what of them is of use, and what is not.
versions: One name for all that a document's vectors are made of: the same text, the same version.
cutting: Pages in passages of 400 to 600 characters, at ends of sentences or lines, headings with what follows.
headings: Which line of a page begins something, and which line ends a sentence.
references: Numbers, codes, dates and names of a text, folded: the same of a passage and of a question.
days: Dates in numbers and in the words of six languages, for references.
"""
