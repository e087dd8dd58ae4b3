"""What a sentence says that can be looked up: numbers, dates, codes, names; and whether texts hold it. Pure.

words: Words folded, words that mean little, and the stems by which two forms of one word are the same.
numbers: Numbers however they are written, and number words of English.
dates: Days and months however they are written; what may be meant, where two readings are possible.
texts: The texts that a sentence rests on, indexed: what of it stands nowhere in them.
"""
