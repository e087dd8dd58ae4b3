"""Nested applications: their own templates, updates and deletes.

transform: the SAM transform inside a nested application
addresses: GetTemplate names nested templates by S3's address, so that ``sam delete`` reads it
deletes: DeletionPolicy and failures of a nested stack that is deleted
updates: an update keeps the names and attributes of what did not change in a nested stack
"""
