"""E-mails: text, headers as forms, attachments as documents of their own.

letters: A mail as plain data, and as lines, forms and tables.
headers: Header fields as a reader sees them, in whatever way they are coded.
eml: Mails as they are sent (RFC 5322, MIME), by the standard library.
outlook: Outlook's .msg files (MS-OXMSG), by olefile.
opening: From a file of either kind to its mail.
"""
