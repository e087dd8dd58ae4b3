"""Claimed, registered, approved, behind an endpoint where one was asked for, tried, pointed at.

starting: An event -> the pieces of work that it asks for.
claims: Who trains a version, and which of two runs is the later one.
registration: A version in SageMaker's registry.
approvals: What a person says of a version.
endpoints: A serverless endpoint per version.
smoking: Twenty stored rows through what will serve.
pointing: The pointer moves, last of all.
retirement: Endpoints that nobody is sent to any more.
inventories: Endpoints that cost and serve nobody.
refusals: Why nothing came of a manifest.

Items of the table begin with ``train#`` (claims, sequences, what was paid, endpoints, training sets that were built) or
``approval#`` (what people say, packages, the list of those that wait).
"""
