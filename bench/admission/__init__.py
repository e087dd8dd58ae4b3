"""A simulation of many articles or documents that share an account: what fails, how long it takes, what it costs.

clock: Generators as processes on a heap of times; signals.
account: What the account shares: a service's quota, other users of it, functions that run at once.
newsroom: Articles through the state machine, the lanes and their workers, with the application's own numbers.
inbox: Documents through the state machine, the lanes of Textract and of the model, and their workers, likewise.
table: The rows of docs/limits.md, and how they are printed.
"""
