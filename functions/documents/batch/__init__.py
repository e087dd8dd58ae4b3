"""Many documents in one run: the request, their list, and what became of them.

batch_requests: The machine's input: prefix or manifest, skip_done, again.
manifests: Manifests as CSV or JSON lines, 2 GB at most; a line that names no document refuses the batch.
document_list: The list of documents: each once, 1,000,000 at most, without those that are done (skip_done), in time.
outcomes: Rows of results -> counts; duplicate, superseded, missing; lines of failures.jsonl.
result_files: The map's result files in S3 as rows, one line in memory at a time.
"""
