"""Who asks what, and what is told: ids, repeats, sessions, the kept answer and its event.

asked: The body of a question: its members and their bounds.
taken: A question with its id: the same for repeats, another's for nobody, started by whoever comes.
sessions: The turns of a conversation, which belongs to one user; the last few, the newest last.
attempts: The statements of a question, what was wrong with each, what they cost.
results: The first rows of a query in Athena, where all of them lie, what was scanned.
sentences: Rows as a sentence.
documents: An answer in its three states, and the events that tell of it.
kept: Answers in S3, each written once.
"""
