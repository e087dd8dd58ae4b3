"""What is written in the end: the summary document, refusals, tables, searchable and redacted copies.

versioned_writes: Keys that several versions share: the newest one's content stays; leftovers of older ones go.
csv_tables: tables/<key>/<n>.csv: RFC 4180, and no cell that a spreadsheet takes for a formula.
places: Where words, forms and cells stand: by Textract's boxes, or searched for in a file's own lines.
kept: boxes/<key>.json.gz and text/<key>.json.gz: places and lines, for as long as the summary is there.
pages: PDFs made of the pages' images with an invisible layer of text: the searchable copy.
redaction: Copies with personal data painted over in pixels, with nothing below; metadata and hidden text go.
beside: What the application puts into the inbox beside the object that it came out of: once, in bounds, with its fate.
attachments: Attachments of e-mails, put there as documents of their own.
parts: Several documents in one PDF, put there as documents of their own.
copies: Which copies are made of a document, under which keys and media types.
summary_document: summaries/<key>.json, member by member, and the event DocumentSummarized.
results: All of a version in its order, the summary last.
deletions: Marks of deleted documents and versions, and taking away what was made of them.
wanted: Whether a document that has waited may still be paid for: a newer version was claimed, or it was deleted.
removing: What becomes of an event about a deletion: mark, sweep, packet, event, the version that is left.
rejections: rejected/<key>.json: its members, its key, and when a result makes it old.
"""
