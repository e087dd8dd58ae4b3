"""What a person should look at: one rule per module; docs/documents.md lists the codes. No text goes into a message.

low_confidence: LOW_CONFIDENCE: Textract was less sure of a field than the parameter LowConfidence says.
missing_fields: FIELD_MISSING: a field that the type requires (types.toml), such as an invoice's total, is not there.
missing_pages: PAGE_MISSING: footers count pages, and one of them is not there.
missing_documents: DOCUMENT_MISSING, PACKET_UNREADABLE: what a packet.json wants and what is not there.
summaries: SUMMARY_UNAVAILABLE: none at all, and why. SUMMARY_CUT, SUMMARY_REPEATS, SUMMARY_UNSUPPORTED: cut off,
looping, numbers or names from nowhere.
undecided_type: TYPE_BY_RULES: the model was asked for the type and gave none that is configured.

DATE_AMBIGUOUS is decided in ``normalise.dates``, PHONE_DIGITS_MISSING in ``normalise.phones``, ADDRESS_NO_STREET_NUMBER
in ``normalise.addresses`` (``fields`` makes their flags), LANGUAGE_UNSUPPORTED in ``enrichment``. What a reader leaves
out, guesses or cannot see it flags itself: TEXT_HIDDEN, IMAGE_UNREAD and TEXT_UNCHECKED of PDFs in
``reading.painting.notes``, TEXT_HIDDEN, IMAGE_UNREAD, CONTENT_SKIPPED and CHARSET_GUESSED of others in
``reading.reader_flags``. DOCUMENT_SPLIT and DOCUMENT_UNSPLIT are raised in ``outputs.parts``.
"""
