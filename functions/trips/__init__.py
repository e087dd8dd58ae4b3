"""Trips: records of a Firehose stream -> clean rows in a lake -> balanced training sets.

In the order in which the data passes them: ``recipe`` (what a stream's columns mean), ``pattern`` (a clean line as one
expression), ``rows`` (a record's lines, read and judged), ``features``, ``balance``, ``writing``, ``answers`` (the
contract with Firehose), ``leftovers``; handlers: ``clean`` and ``build_training_set``. Only the standard library, and
boto3 where something is stored.
"""
