"""The text of a query: read as Athena reads it, refused as Athena refuses it, written as DuckDB wants it.

Imported with the first query: sqlglot takes a while.

text: words, places, one statement, parameters
grammar: what Athena's grammar does not have
functions: the names of Athena's functions
names: tables and columns found, types of expressions
types: what Trino does not compare, add or hand to a function
groups: columns that are neither grouped nor aggregated, widths of unions
rewrite: the same query in DuckDB's dialect
macros: Trino's functions made of DuckDB's
formats: patterns of dates and times in four languages
"""
