"""DuckDB behind a lock: one folder, no settings, no other file, so much memory and time and no more.

locked: a connection that can be stopped, and what it may do
macros: Trino's functions made of DuckDB's
translate: DuckDB's errors in Trino's words
"""
