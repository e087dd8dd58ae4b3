"""The rows of a month in the lake -> balanced sets.

request: Month, seed and balance, each within its bounds; BadRequest says what to change.
query: The SQL of a month and its run in Athena; how long an answer is waited for.
split: Doubles go, classes are balanced, rows shuffled by a keyed hash; 5 in 100 are the test; at most 2,000,000.
files: train.csv, test.csv and the manifest with its schema, in a folder named by what they hold.
"""
