"""What may be asked: tables of the Glue catalogue, with comments and samples; the fitting ones.

asked: A question -> the tables that a model is shown, by all the rest of this room.
catalogue: A database's tables and views as Athena can read them; what it cannot take is left out and counted.
types: Hive's types of Glue as Trino writes them.
views: What an Athena view reads, out of the text that Glue keeps of it.
chosen: The tables that fit a question where there are too many: those it names, then by likeness.
embeddings: Texts of tables as vectors by Titan, kept in one object per database, paid for once.
samples: Values of text columns and bounds of partition keys, kept for a day.
partitions: Which partitions a table has, by Glue's list, its projection or its folders, and their bounds.
sampling: One small query per table in Athena, for whose end nobody waits long.
"""
