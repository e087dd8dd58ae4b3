"""Modules that cost: a sample of the pairs, in batches, within the budget of a day.

dispatch: Pairs that spending chooses -> one execution of evaluate_pairs per batch, with the modules that have a share.
pair_batches: Batches of 25 pairs (MOST_PAIRS), each a JSON document whose bucket and key the execution is given.
evaluation: One batch through one module: marked as measured, calls reserved, the bill sent as metrics.
"""
