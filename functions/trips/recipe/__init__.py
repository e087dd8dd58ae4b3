"""What the columns of a stream mean.

parser: Reads and checks recipes/<name>.toml: column types, required, drop, rename, features of a time, balance.
"""
