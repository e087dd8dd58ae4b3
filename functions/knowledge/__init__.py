"""Knowledge: the documents can be searched and asked, with sources, and with the rights of who asks.

handlers: One module per Lambda function: it parses its event, calls, returns.
passages: A document's text in pieces within a page, with numbers, codes and rare names; its version.
rights: Access files, sets of readers in the table, and whether somebody may read a document now.
indexing: One document's vectors brought to what the summaries bucket says; the pointer that says which version counts.
retrieval: A search: its vector and its references, filters, sets in portions, each hit looked at again.
answers: Questions that were taken, sessions, prompts, completions, each sentence held against its source; votes.
opening: A cited page, opened by whoever may read it, for some minutes.
connectors: Another repository's documents with their rights, brought into the inbox and kept like it.
model: What the stages hand each other; SCHEMA, EVENT_SOURCE (millrace.knowledge).
errors: What can go wrong; the names are the contract of answers, events and state machines.
"""
