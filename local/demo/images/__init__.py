"""The images chapter.

chapter: one photo in many kinds of files through both doors, side by side on one sheet
photo_maker: the photos, painted here, one of them a decompression bomb
colour_profiles: ICC profiles made from numbers, photos stored in them, and how far two colours are apart
lossless_jpeg: a JPEG of a kind that has taken decoders down
"""
