"""A proved statement in Athena: its plan beforehand, its end, the bytes that it scanned.

proofs: Whether a statement may run: the guard, then Athena's plan.
plans: EXPLAIN before a statement runs: what the guard cannot see, said by Athena in a second, for nothing.
outcomes: What Athena said at the end of a run: an answer, a statement to repair, a refusal, or to be run again.
decisions: What follows when a statement is wrong: another attempt, or a refusal.
scans: The day's account of scanned megabytes: looked at before a run, taken from after it.
"""
