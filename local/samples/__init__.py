"""The samples in events/ on a running local cloud: what they need there, and what they name.

requests: messages of queues; what a sample of a request names: answers of an access point, signatures
fill: an event with the names, tags and times of a stack in the place of its `${...}`
stack: one stack through AWS's APIs: its buckets, functions and machines
seed: everything that the samples need, a pipeline each in a thread of its own
quiet: an upload that the pipeline is not told of, and an execution that failed
tokens: a task token that somebody waits for
narration: messages, plans, fragments and editions; and those samples themselves, which hold their hashes
documents: documents in the inbox, the steps of one of them, a batch
images: an original
knowledge: a document that may be read, what the steps before those of the samples leave
questions: what the steps before those of the samples leave, and a query that has ended
training: rows, a model that serves, what the steps before those of the samples leave
repository: a small repository for the connector of knowledge, of which a part was brought
trips: a month of trips in the lake
llm: a log object that nobody has read, and pairs
sam: what `sam local invoke` has to be told
"""
