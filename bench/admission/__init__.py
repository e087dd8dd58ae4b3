"""A simulation of many articles that share an account: what fails, how long it takes, what it costs. Seconds, not days.

clock: Generators as processes on a heap of times; signals.
account: What the account shares: Polly's quota, other users of it, functions that run at once.
newsroom: Articles through the state machine, the lanes and their workers, with the application's own numbers.
table: The rows of docs/limits.md, and how they are printed.
"""
