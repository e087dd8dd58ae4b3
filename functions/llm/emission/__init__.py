"""Pairs go through the free modules; the values they give go to CloudWatch.

measuring: Answers in chunks through the free modules; repeated requests; a module that fails is counted.
metrics: Samples in embedded metric format: dimension sets, limits, values that CloudWatch would drop.
"""
