"""What of an article's body is read aloud, and how.

body_object: The object that body_s3 names, read from S3, or refused as BodyUnavailable.
body: A checked message and its body become an article; refuses what is too long or says nothing.
html_body: An HTML body as paragraphs: what each element is, blank lines and line breaks, languages.
joined: Parts of text joined to a paragraph's runs: white space, and where a line ends.
rules: Which parts are not read, as data (rules.toml): rules by element, role, class, style and pattern.
sieve: The rules asked about one body's elements, and the guards that keep an article's own text.
footnotes: The marks in a body and the notes that they lead to.
text_rules: Patterns that are taken out of a paragraph, and paragraphs that go as a whole.
profile: How one publisher is read: rules, pauses and words of the house, his own laid over them; its digest.
profile_form: The form of a publisher's profile.toml; refuses what is not of it with a sentence.
profile_objects: A publisher's profile in the bucket, and each one by which an article was planned.
lexicon_objects: Pronunciation lexicons in the bucket, and the names under which Polly keeps them.
"""
