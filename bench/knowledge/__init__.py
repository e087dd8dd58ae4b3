"""Knowledge: our search beside one for substrings, and what an answer costs beside sending whole texts.

substring: passages that hold most of a question's words, as most people search when they have no index
table: ``python -m bench knowledge``
"""
