"""From pairs to samples to CloudWatch.

metrics: Samples -> embedded metric format:
measuring: Pairs -> samples of all free modules -> the log; and what is left for the modules that cost.
"""
