"""What is written down and shown: plans, editions, pointers, feeds, and where they lie.

plan_documents: What an edition is made of, written down once:
pointers: The commit protocol:
editions: The objects of one edition, as Merge and Retag write them:
feeds: A podcast feed for each section:
feed_commits: Keeps the feeds in step with the pointers.
distribution: What a CDN in front of the audio bucket has to forget, and the addresses it answers on.
keys: Where everything lives in the audio bucket (the keys one by one:
audio_bucket: What the handlers share:
actions: What a version of an article asks for, given what is published.
"""
