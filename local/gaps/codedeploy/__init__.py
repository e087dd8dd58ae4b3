"""What MiniStack lacks of gradual deployments.

preferences: the SAM transform reads the parameters that decide whether there is one
rollouts: an alias of a template moves by steps, and back when an alarm rings
weights: calls of an alias that is between two versions
"""
