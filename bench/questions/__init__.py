"""Questions: our loop beside the article's, on a lake of their own.

lake: a small lake whose every question about a threshold has another answer
desk: questions asked at the door by several callers, and what Athena was given
article: the article's loop, as its published code behaves, and as it was meant
table: ``python -m bench questions``
"""
