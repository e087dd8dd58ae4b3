"""Who asks what, and what is told: ids, repeats, sessions, the kept answer and its event.

asked: The body of a question: its members and their bounds.
taken: A question with its id, as the door has taken it and the machine is started.
sessions: What a turn of a conversation holds.
attempts: The statements of a question, what was wrong with each, what they cost.
results: The first rows of a query in Athena, where all of them lie, what was scanned.
sentences: Rows as a sentence.
documents: An answer in its three states, and the events that tell of it.
"""
