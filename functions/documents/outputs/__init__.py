"""What is written in the end: the summary document, refusals, tables, searchable and redacted copies.

versioned_writes: Keys that several versions share: the newest one's content stays; leftovers of older ones go.
csv_tables: tables/<key>/<n>.csv: RFC 4180, and no cell that a spreadsheet takes for a formula.
places: Where words, forms and cells stand: by Textract's boxes, or searched for in a file's own lines.
kept: boxes/<key>.json.gz and text/<key>.json.gz: places and lines, for as long as the summary is there.
pdf_objects: Writing PDF objects to a file as they come, so that a document of many pages never lies in memory.
page_images: Images as pages of a PDF: JPEG byte for byte, a PNG's own data, else losslessly.
text_layer: The invisible layer of text of one page: words at their places, fonts, render mode 3.
searchable: Documents as PDF with an invisible layer of text; pages with text of their own get no second one.
redaction: Copies with personal data painted over in pixels, with nothing below; metadata and hidden text go.
attachments: Attachments of e-mails, put into the inbox as documents of their own.
copies: Which copies are made of a document, under which keys and media types.
summary_document: summaries/<key>.json, member by member, and the event DocumentSummarized.
results: All of a version in its order, the summary last.
deletions: Marks of deleted documents and versions, and taking away what was made of them.
removing: What becomes of an event about a deletion: mark, sweep, packet, event, the version that is left.
rejections: rejected/<key>.json: its members, its key, and when a result makes it old.
"""
