"""The images chapter.

chapter: one photo in many kinds of files through both doors, side by side on one sheet
photo_maker: the photos, painted here, one of them a decompression bomb
"""
