"""What is written in the end: the summary document, tables, searchable and redacted copies.

csv_tables: Tables as CSV (RFC 4180:
searchable: Documents as PDF with an invisible layer of text:
redaction: Copies of documents without the personal data that was found in them:
text_layer: An invisible layer of text for PDF pages:
page_images: Images as pages of a PDF:
pdf_objects: Writing PDF objects to a file as they come, so that a document of many pages never lies in memory (ISO ...
copies: Copies of a document:
versioned_writes: Keys that several versions of a document share, written so that the newest version's content stays.
summary_document: The summary document, as docs/events.md has it:
"""
