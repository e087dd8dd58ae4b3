"""How many events a second a pipeline takes, and which quota binds first: the tables of docs/limits.md.

quotas: AWS's default quotas in us-east-1, from ``quotas.toml``, each with its source
bounds: What one event uses of each quota and of the stack's own ceilings and workers.
table: The rows, and how they are printed.
"""
