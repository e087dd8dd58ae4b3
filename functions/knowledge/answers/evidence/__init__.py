"""What a sentence says that can be looked up: numbers, dates, codes, names; and whether texts hold it. Pure.

words: Words folded, words that mean little, and the stems by which two forms of one word are the same.
numbers: Numbers however they are written, and number words of English.
dates: Days and months however they are written; what may be meant, where two readings are possible.
nearest: The sentences of a text, and those that are nearest to what is said.
negations: What is denied, where the text says it, and the other way round.
measures: Numbers with their units, for a period, below nothing.
rows: Rows of a table, and which of them is its head.
texts: The texts that a sentence rests on, indexed: what of it stands nowhere in them.
"""
