"""What is written down and shown: plans, fragments, editions, pointers, feeds, and under which keys.

keys: Where everything lives in the audio bucket, key by key; the stable keys of an article; content types.
audio_bucket: The audio bucket of this stack, and messages and plans read out of it.
actions: The action that a version needs, given what is published: synthesize, retag, remerge, advance, nothing ...
sound_uses: Which articles use a sound, and in which state; a replaced sound has them merged again.
teaser: The teaser of a premium article: where it ends, its sound and its note.
drafting: From an article to its plan: voice, fragments, teaser, sounds; writes the plan down.
plan_documents: The plan of an edition and its three hashes (edition, content, audio).
purchases: What of a plan's speech is missing, what that bills, and the ranges in which it is spoken.
fragment_objects: The objects of a fragment: audio and speech marks, each bought once, and the sidecar.
editions: The objects of one edition: what it is merged from, members of its ID3 tag, captions, timeline.json last.
pointers: The commit protocol: latest.json moves forward only, the stable keys follow; cache times.
commits: The pointer that a result moves, its metric, and the events ArticlePublished and ArticleWithdrawn.
feeds: A podcast feed per section as RSS: entries, channel (feeds.toml), how many articles it shows.
feed_commits: Keeps the feeds in step with the pointers: listings, entries, the feed written by compare-and-swap.
distribution: The paths that a CDN in front of the audio bucket has to forget.
"""
