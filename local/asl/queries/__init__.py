"""What a state asks of its input, in both languages.

expressions: JSONata between ``{%`` and ``%}``
paths: JSONPaths
intrinsics: calls of ``States.Format`` and its like
"""
