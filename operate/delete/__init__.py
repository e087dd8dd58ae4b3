"""A stack deleted with open eyes: what goes, what stays and how to remove it, and afterwards what was left.

command: tells, asks, deletes, looks again
arguments: what it takes, what it needs, an example
inventory: the resources of a stack and of those nested in it, and which of them stay
orphans: what is there afterwards though the stack is gone
"""
