"""What of an article's body is read aloud, and how.

html_body: An HTML body as paragraphs:
"""
