"""One module per Lambda function: it parses its event, calls, returns.

start: Article messages from the queue -> one execution of the state machine for each.
plan: A message -> what has to be done for it, as a plan document and a few counts.
synthesize: Ranges of fragments from the two lanes -> speech in the bucket, each paid for once.
give_up: A range that killed its workers -> its execution fails by name.
merge: An edition's fragments and sounds -> its MP3 with timeline, chapters and captions.
retag: New title, section or dates on the published edition's audio frames.
publish: Commits a version or a withdrawal, and makes stable keys, CDN and feeds follow.
reject: A message that never becomes audio -> a file with the reason, an event, a count.
remerge: A sound that appeared, changed or went -> its articles are merged again.
redrive_failed: An operator starts again what waits in NarrationFailedQueue.
"""
