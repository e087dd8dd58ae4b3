"""What bytes and texts are, before anything is made of them. Pure.

text_cuts: Texts cut at bytes or characters, never within a character, after a sentence or a word.
image_kinds: Which kind of image some bytes are, by their first ones: magic numbers and HEIF brands.
jpeg_markers: A JPEG's process, size, sampling and scans, read from its markers without a decoder (ITU-T T.81, annex B).
language_guess: The language of a text, by its script or its small words.
numbers: Text -> number, by one rule for the lake, for training and for a model that is asked.
fences: Strangers' text in a prompt: between ends whose name it cannot know, and nothing in it looks like one.
costly_html: HTML that would keep a parser busy for minutes, told by its tags before it is parsed.
"""
