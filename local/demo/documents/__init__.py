"""The documents chapter.

chapter: The documents chapter:
maker: Documents of people who never were:
report: What the documents chapter says of each document, and whether it is true:
texts: What stands in the sample documents.
pdf_writer: PDF files with as little in them as a sample needs; the same call gives the same bytes.
"""
