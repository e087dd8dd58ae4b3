"""The narration chapter.

left_out: what of an article's HTML is not read aloud, by which rule
chapter: an article's week of edits, and the cost of each
granularity: what ten edits cost by paragraph and by sentence
paywall: a premium article behind the distribution, for everybody and for members
rush: two dozen articles at once under a low rate of Polly's
podcast: a section's feed, opened by a feed parser
"""
