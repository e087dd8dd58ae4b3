"""What a state asks of its input, in both languages.

expressions: JSONata between ``{%`` and ``%}``
jsonpath: whether a text is a JSONPath, and what one finds
paths: the fields that hold JSONPaths
intrinsics: how calls of ``States.Format`` and its like are written
functions: what such a call gives for its arguments
"""
