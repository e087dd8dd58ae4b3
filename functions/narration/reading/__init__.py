"""What of an article's body is read aloud, and how.

body_object: The object that body_s3 names, read from S3, or refused as BodyUnavailable.
body: A checked message and its body become an article; refuses what is too long or says nothing.
html_body: An HTML body as paragraphs: which elements are read, which are left out, hidden text, language, nesting.
"""
