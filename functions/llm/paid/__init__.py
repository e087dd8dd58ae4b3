"""Modules that cost: a sample of the pairs, in batches, within the budget of a day.

dispatch: Chooses the sample and starts one execution of evaluate_pairs per batch of 25.
pair_batches: At most 25 pairs as one JSON document, which the pointer in that execution names.
evaluation: One batch through one module: marked as measured, calls reserved, the bill sent as metrics.
"""
