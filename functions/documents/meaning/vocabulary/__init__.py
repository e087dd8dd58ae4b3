"""Words that decide what a text is.

keywords: Words and phrases looked for without regard to case, accents and punctuation; keywords.toml: fields' kinds.
document_types: Which type a document has, by points for cues; types.toml: its cues and the fields that it requires.
"""
