"""The text of a query: read as Athena reads it, refused as Athena refuses it, written as DuckDB wants it.

Imported with the first query: sqlglot takes a while.

text: words, places, one statement, parameters
grammar: what Athena's grammar does not have
functions: the names of Athena's functions
names: tables and columns found, types of expressions
types: what Trino does not compare, add or hand to a function
groups: columns that are neither grouped nor aggregated, widths of unions
dialect: Athena's dialect, where sqlglot has it otherwise
rewrite: the same query in DuckDB's dialect
rewrite_functions: functions, each as DuckDB has it
rewrite_types: types and casts
rewrite_unnest: UNNEST of arrays and maps
formats: patterns of dates and times in four languages
"""
