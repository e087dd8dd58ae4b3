"""The rows of a month in the lake -> balanced sets.

request: Month, seed and balance (2.1 by default), each within its bounds; BadRequest says what to change.
query: The SQL of a month and its run in Athena; how long an answer is waited for.
split: Repeated rows are dropped, classes balanced (its own rule), rows shuffled; 5 in 100 test; at most 2,000,000.
files: train.csv, test.csv and the manifest with its schema, in a folder named by what they hold.
"""
