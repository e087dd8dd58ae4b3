"""What was read gets a meaning: type, comparable fields, flags, entities, packets.

document_types: Which of the configured types a document has, by the words it uses:
keywords: Words and phrases looked for in a text without regard to case, accents and punctuation.
fields: Forms -> fields:
flags: What a person should look at, found by rules; the codes are those of docs/documents.md.
packets: Packets:
entities: Entities and personal data by Amazon Comprehend, within its limits, with their places in the document.
language_guess: The language of a text, where its script or its small words leave no doubt.
chunks: Long texts in pieces that a service takes, each piece knowing where its characters come from.
normalise: Values made comparable:
"""
