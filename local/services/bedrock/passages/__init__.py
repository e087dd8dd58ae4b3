"""A stand-in for a model that answers from passages: it repeats the sentences nearest to the question, and cites them.

It knows no language: it compares words, and says NOT SAID where no sentence has enough of them. Faults on request show
that what is around a model holds, nothing about a model.

prompt: The passages, the question and the session out of a prompt
nearest: Which sentences of the passages answer a question, by the words that they share
faults: Mistakes by name, each of which spoils a right answer in its own way
answerer: A prompt -> the text of the answer, with the faults that were asked for
"""
