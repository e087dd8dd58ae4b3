"""What a publisher sent: the message, its form, its language and version.

messages: From the bytes of a message to an article:
message_form: The form of an article message, checked where a stranger's data comes in; the only user of pydantic here.
language_tags: Language tags (BCP 47, RFC 5646):
versions: Which of two versions of an article is the newer one.
text: Text as it will be spoken:
"""
