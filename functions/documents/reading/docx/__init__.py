"""DOCX as HTML, with all that the page shows and nothing that it does not.

package: The parts of the file, their relations, and their XML under one set of names.
styles: What a run, a paragraph, a table or a cell looks like, by its own properties and those of its styles.
themes: The colours of the document's theme.
places: Where a paragraph, a frame or a drawing stands against the page.
hiding: Words that do not show: vanish, no contrast, no size, off the page, deleted rows.
prompts: "Click to enter a date.": what stands in a field that nobody filled in.
rewriting: What mammoth would leave out, turned into what it reads; what is left out all the same is counted.
mathematics: Formulas as one line of text.
margins: Headers, footers and watermarks, each once, of the kinds that show.
other_formats: Text, HTML or a DOCX that a DOCX holds as a part.
converting: The rewritten file through mammoth, parts of other formats put in their places.
"""
