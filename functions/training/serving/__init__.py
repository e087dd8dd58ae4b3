"""A model's file walked in plain Python; the pointer that names the version that serves.

walker: ``model.json`` -> a model that gives probabilities; the same in a job, an endpoint and a function.
trees: Boosted trees, walked.
linear_text: A linear model over hashed words and n-grams of characters.
features: Texts -> the buckets that their words and n-grams fall into.
pointers: Which version of a model serves; moved last, and only from where it was seen.
models: Models that a worker has read, by version, within a bound of bytes.
contracts: What is known of a model that only its own program can read.
endpoints: A model behind an endpoint asked for probabilities.
asked: Rows that somebody sent -> the answer, and what of it is counted.
answering: A model and rows -> predictions, with what of each row the model did not see as it was meant.
"""
