"""Records of one invocation -> clean rows, or a reason per row.

records: The whole way of each record: base64, rows, days, balance, text again; what a record fails with.
header: The first line -> the column of each cell: case, blanks, aliases; or why the whole record is left out.
line_pattern: A clean line of CSV as one regular expression, for speed; a rule of values must hold for its lines too.
rows: CSV or JSON lines -> columns; the reasons of rows left out; one table of what is clean, told and left out.
values: One row with care: types, empty texts (NULL), categories, offsets of times; empty, invalid, category, zone.
proof: What can be true: bounds, a trip that ends before it begins or is too long, hours that clocks skip or repeat.
days: Only with PartitionBy=event: the rows of one day, late ones counted; other days go again.
balance: In the stream only (parameter Balance, 0 is off): rows kept in all for each row of the smaller class.
derived: Features of the time at which a trip began: day_name, day_number, hour, month, part_of_day; seconds.
writing: Clean rows -> JSON lines, or CSV as LazySimpleSerDe reads it, with a header by option.
firehose_answer: Ok, Dropped or ProcessingFailed for each recordId, and at most 6 MB for all; the rest goes again.
rejected_rows: Rows that were left out -> one object of JSON lines under errors/rows/, or their records fail.
sent_again: Records that an answer could not hold -> PutRecordBatch on the same stream, or their records fail.
counts: The metrics of an invocation: RecordsFailed, RecordsNotUnderstood, RowsIncomplete by reason, RowsLate and so on.
"""
