"""The local cloud: one process on 127.0.0.1 that answers as AWS does for this application's template.

cloud: The process: it starts, deploys, serves and stops.
services: The stand-in engines behind the local cloud's AI services.
demo: `make demo`: the whole application on this machine, one chapter per pipeline.
gaps: What MiniStack lacks or allows and AWS does not:
cli: The command line of the local cloud.
"""
