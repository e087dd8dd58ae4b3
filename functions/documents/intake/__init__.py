"""An upload is taken in: whose work it is, and which version is the newer one.

claims: Whose work is this version of this object? One item a key in the table says which execution has it.
"""
