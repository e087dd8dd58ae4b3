"""What bytes and texts are, before anything is made of them. Pure.

text_cuts: Texts cut at bytes or characters, never within a character, after a sentence or a word.
image_kinds: Which kind of image some bytes are, by their first ones: magic numbers and HEIF brands.
costly_html: HTML that would keep a parser busy for minutes, told by its tags before it is parsed.
"""
