"""One page image -> lines, marks, tables, pairs, layout.

analysis: the order of the steps below
model: boxes, words, marks, lines, cells, tables, pairs, regions, sheets
ink: what is drawn and is no text: rulings, rectangles, check boxes, handwriting, skew
radio_buttons: rings of the size of print, two of one size at least
shading: the level edges of shaded rows
text_lines: words in rows, rows cut into lines
ruled_tables: tables whose cells are drawn
aligned_tables: tables without walls: rows of pieces in common columns
table_evidence: whether such rows are a table, or prose in columns, addresses or labels
column_headings: headings over groups of columns
form_state: which words are left while the rules for pairs take theirs
drawn_pairs: pairs that are drawn: check boxes, blanks to fill in, boxes with a label
text_pairs: pairs that only the text makes: ``Key: value``, labels above or beside, two columns
wording: whether a text looks like a label, a value or an amount (``wording.toml``)
layout_regions: titles, headings, paragraphs, lists, tables and forms (LAYOUT_ blocks)
"""
