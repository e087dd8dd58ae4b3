"""From paragraphs to requests to Polly, each known by a hash.

voices: Which voice and engine read an article, and the fallback; the default voices stand in voices.toml.
sentences: Where a text may be cut so that the cut is not heard: sentence ends, abbreviations, clauses.
ssml: SSML for Polly: tags that each engine takes (ssml_support.toml), Polly's limits for one request, escapes.
fragments: Paragraphs as fragments, by paragraph or by sentence; the hash that decides what an edit costs (SCHEME).
pronunciation: A publisher's words that are said otherwise than they are written, as runs that know how.
opening: What is said before the text: the title and the byline.
polly: The calls to Polly: voices it offers, speech, speech marks, lexicons; their refusals by our names.
"""
