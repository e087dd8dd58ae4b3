"""A manifest and its data, checked; the version that they are.

parser: A manifest's bytes -> what it asks for, or every mistake at once.
fields: Members of a stranger's JSON object, read one by one.
parts: Channels and a program of one's own, in a manifest.
tunings: Hyperparameters and their ranges, in a manifest.
canonical: A manifest as JSON and back, in the form that is hashed.
data: The objects of a channel, as S3 lists them now.
sources: A run's input -> manifest, channels, version.
versions: The name of a version: what it is made of.
works: What one run is about, for the steps that follow.
rows: Rows of a channel, read as they come.
profiles: What is noted of a column while its rows go by.
checks: All rows, once: what is in them, or what is wrong with them.
columns: What was found in the rows.
"""
