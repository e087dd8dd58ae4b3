"""Trips: records of a Firehose stream become clean rows in a lake, and training sets.

handlers: One module per Lambda function: it parses its event, calls, returns.
recipe: What the columns of a stream mean.
cleaning: Records of one invocation -> clean rows, or a reason per row.
training_set: Rows of a month in the lake -> balanced sets.
errors: What can go wrong with trips; a row's own reasons are in ``trips.cleaning.rows``.
"""
