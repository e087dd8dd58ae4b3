"""Documents: an upload becomes a summary with forms, tables and flags, in the order in which the data passes.

handlers: One module per Lambda function: it parses its event, calls, returns.
intake: An upload is taken in: the request, the version's order, the claim, the 500 MB, the original's bytes.
files: What a file is by its bytes, limits of each format, bombs, and the route: own text, one call or a job.
textract: Textract: features and queries, calls, jobs and their ends, result pages, Blocks to forms and tables.
reading: A file's own text, read without recognition: PDF, DOCX, HTML, Markdown, plain text.
meaning: What was read gets a meaning: type, required fields, comparable values, flags, entities, packets.
summary: Sentences by a language model: prompts, masking, chosen model, other settings where an answer is no good.
outputs: What is written in the end: summary document, refusals, tables, searchable and redacted copies.
batch: Many documents in one run: the request, manifests, their list, what became of them.
steps: What one step leaves in the summaries bucket for the next, and when it may be used again.
model: A document's data on its way: source, lines, forms, fields, flags; SCHEMA, EVENT_SOURCE (millrace.documents).
errors: What can go wrong; the names are the contract of rejected files, events and state machines.
keys: Keys in the summaries bucket, S3's 1,024 bytes, and which objects of the inbox are no documents.
"""
