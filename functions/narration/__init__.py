"""Narration: an article message becomes mastered audio, in the order in which the data passes.

handlers: One module per Lambda function: it parses its event, calls, returns.
article: What a publisher sent: the message, its form and limits, its language and version.
reading: What of an article's body is read aloud, and how.
speech: From paragraphs to requests to Polly, each known by a hash.
audio: From fragments of speech and sounds to one MP3 with its timeline.
publishing: What is written down and shown: plans, fragments, editions, pointers, feeds, and under which keys.
admission: Who is spoken when, and whether it is still wanted by then.
model: Article, fragment, item, timeline, pointer; SCHEMA, EVENT_SOURCE (millrace.narration).
errors: What can go wrong with a narration; the names are the contract of rejected files, events and state machines.
"""
