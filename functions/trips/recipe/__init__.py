"""What the columns of a stream mean.

parser: What the columns of a stream mean, read from a TOML file, so that another stream needs no code.
"""
