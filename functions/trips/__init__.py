"""Trips: records of a Firehose stream become clean rows in a lake, and training sets.

handlers: One module per Lambda function: it parses its event, calls, returns.
recipe: What the columns of a stream mean: names, types, bounds, categories, zone, derived features, the classes.
cleaning: Records of one invocation -> clean rows, or a reason per row that was left out.
training_set: The rows of a month in the lake -> sets for training, validation and test with manifests.
errors: What can go wrong with a recipe, a record or a training set; a row's own reasons are in cleaning.rows.
"""
