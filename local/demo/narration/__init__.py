"""The narration chapter.

chapter: The narration chapter:
granularity: What an edit costs by paragraph and by sentence:
podcast: The podcast feed of a section, opened by a feed parser that knows nothing of this application.
"""
