"""What each kind of statement does.

run: one statement, to the room that knows it
select: SELECT from its text to its rows
information: information_schema and "table$partitions"
show: SHOW
describe: DESCRIBE
explain: EXPLAIN
prepared: PREPARE, EXECUTE, DEALLOCATE
views: CREATE VIEW
tables: CREATE TABLE, ALTER, DROP, MSCK REPAIR
write: CREATE TABLE AS, INSERT INTO, UNLOAD
words: statements that are a row of words and names
"""
