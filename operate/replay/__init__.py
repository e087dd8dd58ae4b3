"""A list of articles or documents once more, with another voice, model or prompt: the price first, then a question.

arguments: what replay takes, what it needs, examples
asking: the question before anything is sent, and the wait for what was sent
kept: JSON that a pipeline keeps: its messages, pointers and answers
articles: narration: the published messages again, under the same versions, with another voice or engine
document_bill: what documents would cost once more: pages that are not kept, characters, tokens of the last run
documents: documents: the same versions again by a new ``again``; Textract's kept answers are used again
"""
