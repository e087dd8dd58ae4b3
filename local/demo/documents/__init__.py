"""The documents chapter.

chapter: what is put in, waited for and shown
maker: the sample documents, each with its key and what the pipeline should make of it; files for a load test
office_files: what offices send: a letter of a mail merge, an e-mail with papers
texts: what stands in the sample documents
pdf_writer: PDF files with as little in them as a sample needs
arabic: words in Arabic as a page shows them: joined glyphs from the left, a font of its own and a map back to letters
glyph_outlines: writes that font's outlines, ``arabic_glyphs.toml``, anew from a TrueType font
report: the table of what came out, held against what was written in each document
"""
