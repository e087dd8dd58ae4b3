"""The functions of a bulk run.

prepare: A prefix or a manifest -> the list of documents that the map reads.
report: The map's result files -> report.json and failures.jsonl.
"""
