"""Faults and load on a local cloud of its own, counted to the last piece of work. ``python -m bench.faults``.

A run sends work by AWS's APIs, lets something fail by the local cloud's own switches, waits, redrives what waits as an
operator would, and counts: what went in, what came out, what waits in which queue. The functions know nothing of it.

whole: what went in, what came out, what waits, what is lost or wrong; the line that a scene ends with
account: the account under test: clients, queues and their depths, switches of the local cloud, redrives
streams: articles, documents, trips and logs of models: sent, and looked for when they have come out
scenes: which work meets which fault
table: docs/faults.md
"""
