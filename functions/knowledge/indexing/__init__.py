"""One document's vectors, brought to what the summaries bucket and the access files say now.

pointers: ``knowledge/<key>.json``: which version counts, who may read it, and whose vectors are on their way.
vectors: A passage as a vector of the index: its key, what is filtered by, what is kept; references in their bounds.
embeddings: Passages as numbers by Titan: paid for once, kept by their content.
state: What a document is and what its pointer says, at one moment; which of it is to be done.
reconcile: Doing it: declare, put, move the pointer, delete what was before; look again.
turns: One worker's turn with one message: what it is, its world, its end, what is counted.
messages: What a queue's message asks for: a document, an access file, the rest of something.
below: The documents below an access file, a message for each.
readers: The sets of readers that a turn has come by: kept, or forgotten where no vector carries them.
"""
