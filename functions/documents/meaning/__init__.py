"""What was read gets a meaning. Codes of flags stand in the map of ``flags``.

vocabulary: Words that decide: document types and their required fields (types.toml), kinds of fields (keywords.toml).
normalise: Values made comparable: dates, telephone numbers, amounts, addresses; their DATE_, PHONE_, ADDRESS_ codes.
fields: Forms -> fields: which kind of value each is, and the flags of values that could not be decided.
flags: What a person should look at: one rule per module.
boundaries: Where one document ends and the next begins, in a file that may hold several.
chunks: Long texts in pieces that a service takes, each piece knowing where its characters come from.
entities: Entities and personal data (PII) by Amazon Comprehend, with their places, and the languages it knows.
redaction_list: settings/redaction.json: words and patterns that are hidden beside personal data.
packets: A folder's packet.json, its other documents (200 at most), and packets/<folder>packet.json.
enrichment: All of these together; LANGUAGE_UNSUPPORTED; redaction refused in other languages than English, Spanish.
"""
