"""A person has the last word, where the manifest asks for one.

ask: A model that a person has to approve.
decided: What the person said.
"""
