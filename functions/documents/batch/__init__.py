"""Many documents in one run: the request, their list, and what became of them.

batch_requests: The machine's input: prefix or manifest, skip_done, again.
manifests: Manifests as CSV or JSON lines, 2 GB at most; a line that names no document refuses the batch.
document_list: The documents, each once, 1,000,000 at most; skip_done leaves out those that are done, a number stays.
outcomes: Rows of results -> counts and lines of failures.jsonl; handlers.batch.report puts report.json together.
result_files: The map's result files in S3 as rows, one line in memory at a time.
"""
