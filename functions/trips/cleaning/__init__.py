"""Records of one invocation -> clean rows, or a reason per row.

records: The whole way of each record: base64, rows, balance, text again; what a record fails with.
line_pattern: A clean line of CSV as one regular expression, for speed; a rule of rows must hold for its lines too.
rows: CSV or JSON lines -> rows, and why one is left out: empty, invalid, columns, json, encoding; types and times.
balance: In the stream only (parameter Balance, 0 is off): rows kept in all for each row of the smaller class.
derived: Features of the time at which a trip began: day_name, hour, month, part_of_day.
writing: Clean rows -> JSON lines, or CSV without a header.
firehose_answer: Ok, Dropped or ProcessingFailed for each recordId, and at most 6 MB for all.
rejected_rows: Rows that were left out -> one object of JSON lines under errors/rows/, or their records fail.
counts: The metrics of an invocation: RecordsFailed, RowsIncomplete by reason, RowsOut, TransformMilliseconds.
"""
