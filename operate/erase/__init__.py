"""``python -m operate erase``: a person's article, document, questions or calls of models gone for good.

arguments: what the command takes, what it needs, examples
command: what is found and shown, the question, the erasing, what could not be erased
erasure: what every kind of erasing has: found, stays, act; a tally of what is gone and what was refused
versions: every version of objects in a bucket: listed, read, deleted, the current ones last
names: whether a message, a line or a plan names what is erased
running: executions that still work on it
waiting: messages in queues that name it
articles: a withdrawn article's messages, plans, speech, editions, feeds; what other articles use stays
documents: a document, its attachments and parts, and all that was made of them
batches: lines about a document in lists and results of batches
knowledge: what the index, answers, work and sessions have of a document
questions: all that somebody asked the lake and the documents, the answers, their rows, the sessions, the votes
model_logs: records of model calls, by request, or by application or prefix and day
log_messages: deliveries of log events among the dead letters, sent again without them
records: one log object without some of its records
"""
