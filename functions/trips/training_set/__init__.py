"""Rows of a month in the lake -> balanced sets.

split: Rows of a month -> a training and a test set:
"""
