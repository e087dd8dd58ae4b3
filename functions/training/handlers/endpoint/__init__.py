"""A serverless endpoint of a version's own, where the manifest asks for one.

deploy: The endpoint is asked for.
look: Whether it is in service.
"""
