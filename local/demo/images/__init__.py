"""The images chapter.

chapter: The images chapter:
photo_maker: Photos of the demo, painted here:
"""
