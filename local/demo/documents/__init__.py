"""The documents chapter.

chapter: what is put in, waited for and shown
maker: the sample documents, each with its key and what the pipeline should make of it; files for a load test
office_files: what offices send: a letter of a mail merge, an e-mail with a bill
texts: what stands in the sample documents
pdf_writer: PDF files with as little in them as a sample needs
report: the table of what came out, held against what was written in each document
"""
