"""One page image -> lines, marks, tables, pairs, layout.

aligned_tables: Tables without walls:
drawn_pairs: Pairs that are drawn:
table_evidence: Whether rows of pieces in columns are a table:
form_state: The state of looking for pairs:
text_pairs: Pairs that only the text makes:
column_headings: Headings over groups of columns:
ink: What is drawn on a page and is no text:
text_lines: Words in rows, and rows cut into lines where Textract would begin a new one.
model: What the page analysis hands on:
analysis: One page image to its lines, marks, tables, pairs and layout.
layout_regions: The page's layout:
radio_buttons: Radio buttons:
shading: Where the colour of the paper changes:
ruled_tables: Tables whose cells are drawn:
wording: What a piece of text looks like:
"""
