"""What a file is, and whether it can be opened safely.

media_types: What a file is, by its first bytes, never by its name:
office: Whether a ZIP archive is a DOCX that can be opened:
markup: HTML that would keep its parser busy for minutes, told by its tags before it is parsed.
pdfs: PDFs as pdfium sees them:
pdf_bombs: Streams of a PDF that would unpack to more than any page needs, found before a reader unpacks them.
inspection: Which way a document goes, judged by its content, and the refusal of everything that would only fail later.
"""
