"""What waits in a pipeline's failed queue and among its dead letters, started again; what is left is told by reason.

pipelines: the command: failed executions by the pipeline's own RedriveFailed, dead letters; progress, and what is left
dead_letters: each message back to where it was going: its queue, its function, the target of its rule
"""
