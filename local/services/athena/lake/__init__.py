"""The files of a table: which partitions a query needs, private copies of them, and how DuckDB reads each format.

partitions: the partitions of a table, those of Glue or those that projection computes
projection: partition projection: enum, integer, date and injected columns
pruning: the conditions of a query that decide which partitions are read
copies: the objects of a query in a folder of its own, which goes with the query
opencsv: lines as OpenCSVSerde reads them: dropped backslashes, quotes in the middle of a field
readers: a relation over the copies, by the table's format, with the types that the table declares
"""
