"""Textract, by OCR and rules of layout.

accuracy: How much of a real Textract answer the local engine finds on the same page.
service: Amazon Textract's text detection and document analysis, by OCR and rules of layout.
access: What Textract does in other services, and with whose rights.
blocks: Sheets to Textract's Blocks, each as a dictionary in the member order of real answers.
control: What a test asks of the next jobs and calls, and the count of what was asked of Textract.
engine: A document to its blocks, page by page; what was analysed before is remembered by its content.
errors: The errors Textract answers with, by the names of its service model (textract/2018-06-27).
jobs: Asynchronous jobs:
native: A PDF page as image and words:
pages: A document's pages as images, with the text that a PDF carries itself; and the limits that Textract sets.
queries: Queries answered by the nearest key of the page:
shapes: Requests checked against the shapes of AWS's own model of Textract, which botocore carries.
throttle: Textract's rates:
ocr: Words and their boxes in a page image:
page: One page image -> lines, marks, tables, pairs, layout.
"""
