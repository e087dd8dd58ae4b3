"""The samples in events/ on a running local cloud.

fill: an event with the names, tags and times of a stack in the place of its `${...}`
"""
