"""How good a model is, and whether it is better than the one that serves. Pure: no AWS, no clock.

measures: Areas, accuracy, log loss, calibration, confusion, as scikit-learn has them.
bootstrap: How sure it is that one model is better than another on the same rows.
gate: Whether a model has earned the place.
report: What is kept of the decision.
samples: So many rows of any number, by keyed hashes.
cautions: Columns that predict the target alone.
"""
