"""Records of one invocation -> clean rows, or a reason per row.

line_pattern: A clean line of CSV as one regular expression, made from a recipe and a header.
rows: The rows of one record:
records: Records of one invocation -> outcomes, without AWS:
writing: Clean rows -> the bytes of a record:
balance: Two classes of very different size -> a selection in which they are nearly even.
derived: Features of the time at which a trip began, as text.
rejected_rows: Rows that were left out -> one object of JSON lines, each with its reason, under ``errors/rows/``.
firehose_answer: What a Firehose transformation answers:
"""
