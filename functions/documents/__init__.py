"""Documents: an upload becomes a summary with forms, tables and flags, in the order in which the data passes.

handlers: One module per Lambda function: it parses its event, calls, returns.
intake: An upload is taken in: whose work it is, and which version is the newer one.
steps: What the handlers share:
files: What a file is, and whether it can be opened safely.
reading: A file's own text, read without recognition.
textract: Textract: what it is asked, its jobs, and its answers as text, forms and tables.
meaning: What was read gets a meaning: type, comparable fields, flags, entities, packets.
summary: Sentences by a language model, checked.
outputs: What is written in the end: the summary document, tables, searchable and redacted copies.
batch: Many documents in one run: their list, and what became of them.
model: What is known about a document on its way from an object to a summary:
errors: What can go wrong with a document; the names are the contract of rejected files, events and state machines.
keys: Where things lie in the summaries bucket.
"""
