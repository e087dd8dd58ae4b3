"""Questions: our loop beside the article's, on a lake of their own; the guard beside parsing alone.

lake: a small lake whose every question about a threshold has another answer
desk: questions asked at the door by several callers, and what Athena was given
article: the article's loop, as its published code behaves, and as it was meant
guard: ``python -m bench guard``
table: ``python -m bench questions``
"""
