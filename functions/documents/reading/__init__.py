"""A file's own text, read without recognition.

own_text: Documents that have text of their own, read without recognition:
html_text: HTML, and what DOCX and Markdown become as HTML, as lines, tables and pairs:
pdf_text: The words of a PDF that has text of its own, where they show, and what its form fields hold.
text_tables: Tables in a PDF's own text:
key_values: Keys and their values in text that nobody recognized as a form:
reading_order: Words on a page, by their places only, as lines in the order in which they are read.
"""
