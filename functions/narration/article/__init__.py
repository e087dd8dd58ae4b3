"""What a publisher sent: the message, its form and limits, its language and version.

message_form: The message's members and their rules (pydantic); the longest article, id, title and note.
messages: From the bytes of a message to a checked message; JSON read strictly, members that are ignored.
language_tags: Language tags (BCP 47): well-formed or not, their usual spelling, their first subtag.
repeats: What a message says of the published version: the same with another voice, the same once more, or otherwise.
versions: Which of two versions of an article is the newer one; RFC 3339 times.
text: The one normalisation of text that is spoken, what of it has a sound, and lengths and excerpts of text.
"""
