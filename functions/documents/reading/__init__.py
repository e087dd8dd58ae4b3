"""A file's own text, read without recognition.

painting: What a page of a PDF shows: hidden words, unread pictures, flags for both.
pdf_text: The words of a PDF where they show, cropped and turned.
pdf_fields: What the form fields and check boxes of a PDF's page hold, where that shows.
directions: Words that run sideways or from right to left, turned level, and back.
reading_order: Words by their places as lines in reading order: rows, columns of running text.
text_tables: Tables in a PDF's own text: rows whose cells stand in the same columns.
rulings: Tables that are drawn: lines to cells, words into cells.
html: HTML to lines, pairs and tables; what a browser does not show is left out, and counted.
markdown: Markdown: front matter as forms, then what a renderer would show.
plain_text: Plain text as lines and pairs; a form feed begins a page.
mail: E-mails: headers as forms, text, attachments as documents of their own.
workbooks: Excel workbooks: each sheet that shows as a page with its table.
docx: DOCX as HTML: what mammoth would leave out is read, what does not show is not.
key_values: Keys and values in text, by rule: ``Key: value``, leader dots, two columns of labels and values.
captions: Labels that stand above their values, in the cells of a drawn form or over them in a row.
reader_flags: TEXT_HIDDEN, IMAGE_UNREAD, CONTENT_SKIPPED, CHARSET_GUESSED.
invisible: Characters that show nothing and spell a text all the same: left out, and told.
written: From a document that is no PDF to lines, forms, tables and flags.
laid_lines: Lines with their words' places in a file, so that what was painted once is not painted again.
own_text: From a file of any of these formats to lines, forms and tables.
"""
