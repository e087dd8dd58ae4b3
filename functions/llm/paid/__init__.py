"""Modules that cost: a sample of the pairs, in batches, within the budget of a day.

pair_batches: At most 25 pairs as one JSON document:
dispatch: Pairs for the modules that cost:
evaluation: A batch of pairs -> one paid module's metrics, once, on a sample, within the day's budget.
"""
