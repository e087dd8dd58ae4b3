"""The questions chapter.

chapter: six questions about the trips in the lake, each with its end: answered, mended, followed up, warned of, refused
desk: whoever asks, at the door of the questions; and mistakes of the local model, asked for by name
"""
