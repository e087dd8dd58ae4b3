"""X-Ray: what functions tell of their calls, received as its daemon does, read by its API.

traces: documents of segments, by trace, checked by the rules of X-Ray's schema
daemon: the daemon's side: datagrams on 127.0.0.1
service: PutTraceSegments, GetTraceSummaries, BatchGetTraces
"""
