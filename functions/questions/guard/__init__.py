"""Whether a statement may run: one SELECT over allowed tables, everything in it known; and what Athena says of it.

It stands in front of a role that cannot write, a workgroup with a scan limit, and EXPLAIN. It names what is wrong and
where, within milliseconds, so that a model can mend it.

statement: The door: ``prove`` takes a text and the tables, gives the SQL that may run, or raises ``Wrong``.
problems: ``Wrong``, the names of problems, names that are like another.
text: Athena's queries as sqlglot reads and writes them; before parsing: characters, words, one query.
shapes: The nodes that a tree may have, and their parts; everything else is refused.
functions: The functions that may be called, those that may not and why, and what others are called in Athena.
scopes: What names mean: relations, fields, one scope per SELECT; plain data.
names: Tables and columns found, by Trino's rules.
kinds: The type of an expression, as far as it can be told.
rows: How many rows a query gives at most, and what stands once in them.
grouping: GROUP BY, aggregates, windows, DISTINCT.
fits: Types that Trino does not compare, add or hand to a function.
bounds: Joins without conditions, long ranges, partitions, LIMIT.
cautions: Valid SQL whose answer may be wrong.
athena_errors: What Athena said of a statement: a problem, or that the fault is not the statement's.
decision: After a wrong statement: mend it, or refuse the question.
"""
