"""Trials planned, jobs asked for, the best one's files taken, its answers to the test rows.

plans: The trials of a version, and what is paid for them.
requests: The program's archive, and the arguments of CreateTrainingJob.
choosing: What the jobs came to -> the best of them.
kept: The choice, which is written once.
unpacking: A job's archive, opened with care.
files: A version's files, taken from it.
recipes: How a version was made, for people.
scoring: The test rows through the new model and through the live one.
"""
