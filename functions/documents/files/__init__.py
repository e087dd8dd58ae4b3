"""What a file is, and whether it can be opened safely.

media_types: What a file is, by its first bytes, never by its name; UnsupportedFormat names what it is.
charsets: Bytes of text -> letters: marks, declarations, and a guess that is always told.
mails: E-mails: what makes a file one, and bounds before a parser sees it.
office: DOCX and XLSX: whether a ZIP archive is one that can be opened: directory, sizes, no DTD (DecompressionBomb).
pdf_bombs: Streams of a PDF that would unpack to more than any page needs, found before a reader unpacks them.
pdfs: PDFs opened in bounded memory; passwords, pages, and whether their own text can stand for their pages.
pdf_parts: Some pages of a PDF as a PDF of their own, with nothing of the others in it.
page_objects: What a page of a PDF is made of, in the order in which it is painted, forms within included.
inspection: Limits of bytes, pages, pixels and points of each format, and the route: text, sync or async.
"""
