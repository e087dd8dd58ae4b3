"""The rows of a month in the lake -> sets for training, validation and test.

request: Month, seed, balance (2.1 by default) and shares, each within its bounds; BadRequest says what to change.
query: The SQL of a month and its run in Athena; how long an answer is waited for.
spill: Rows on disk, read back in the order of a hash, each once: more of them than memory holds.
split: Which set a row is in, by its own hash; then, in training alone, which of the larger class are kept.
parts: The rows of a set as files of about 64 MB, each with the header.
files: The three above put together: Athena's answer -> parts and manifests in the lake; at most 10,000,000 rows.
manifest: manifest.json in a folder named by what the sets hold; SageMaker's manifest files; the event.
"""
