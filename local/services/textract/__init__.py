"""Textract, by OCR and rules of layout.

service: the six operations, their members, features and queries, sync and async limits
switches: quotas, jobs at the same time, faults of jobs and calls, counts
errors: Textract's own errors
access: documents and output in S3 and the completion on SNS, with the caller's or the role's rights
pages: a document opened: kinds, bytes, pages and pixels that Textract takes; frames as images
native: a PDF page as image and words: its own text, and where pictures stand
ocr: words and their boxes in an image, by Tesseract or RapidOCR
page: one page image to lines, marks, tables, pairs and layout
engine: a document to its blocks page by page; what was analysed before is remembered
blocks: sheets to Textract's Blocks, in the member order of real answers
queries: queries answered by the nearest key of the page
jobs: asynchronous jobs: idempotence, results by NextToken, OutputConfig files, completion messages
accuracy: how much of a real Textract answer the engine finds on the same page (``python -m local accuracy``)
"""
