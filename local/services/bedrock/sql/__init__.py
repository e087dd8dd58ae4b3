"""A stand-in for a model that writes SQL: a template grammar over the tables in the prompt, and faults on request.

It knows no language. It finds words of the question among names, comments and sampled values, and fills templates; a
word that it finds nowhere is said to be missing. It shows that the loop around a model works, nothing about a model.

prompt: The tables, the question, the session and the failures out of a prompt
words: stems, synonyms, words without meaning; the column that a phrase means
times: days, months and ranges of days in a question; columns that hold times; their parts
plan: what a question asks for, and the statement that it is written as
asked: A question being read: what is taken of it, and what is left
grammar: a question, or a follow-up of one, as a plan
measures: counts, sums, means, extremes and shares in a question
conditions: values, times and comparisons in a question
faults: mistakes by name, each of which spoils a right statement in its own way
writer: a prompt -> the text of the answer, with the faults that were asked for
"""
