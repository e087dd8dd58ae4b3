"""Athena: queries over the Glue catalogue and S3, read as Trino's SQL and run in a locked DuckDB.

service: the calls about queries, and the life of each execution
answer: columns, rows, files of an answer
values: values as Athena writes them
catalog: databases, tables, columns, views
rights: what the caller must be allowed to do
world: what a query may ask of the cloud around it
errors: Trino's names of errors and AthenaError
sql: the text of a query: read, refused, written for DuckDB
lake: partitions and private copies of files
engine: DuckDB behind a lock
statements: what each kind of statement does
"""
