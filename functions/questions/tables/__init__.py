"""What may be asked: tables of the Glue catalogue, with comments and samples; the fitting ones.

catalogue: A database's tables and views as Athena can read them; what it cannot take is left out and counted.
types: Hive's types of Glue as Trino writes them.
views: What an Athena view reads, out of the text that Glue keeps of it.
"""
