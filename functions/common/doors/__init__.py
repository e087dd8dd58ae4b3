"""A door is a function behind an HTTP API (payload format 2.0): who asks, what is asked, what is told.

identity: Who calls: the user of a verified token, or whoever signed; nothing that a caller may choose.
requests: Route, headers and a JSON body within bounds; texts of its members.
rates: How often one identity may ask in a minute: a counter in the table, and no free pass without it.
answers: JSON answers, and errors as a status, a name and a sentence; never what went wrong inside.
errors: What a door refuses, each with its status.
served: A request served: its errors as answers, and counted.
taken: A question with its id: the same for repeats, another's for nobody, started by whoever comes.
sessions: The turns of a conversation, which belongs to one user; the last few, the newest last.
kept: Answers in S3, each written once.
"""
