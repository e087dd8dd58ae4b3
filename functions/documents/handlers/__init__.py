"""One module per Lambda function: it parses its event, calls, returns.

claim: An object was put in the inbox -> the work of this execution, or a reason why there is none.
inspect: The document's bytes -> media type, pages and route.
analyze: One page -> Textract's answer, kept in S3.
start_analysis: Several pages -> a job of Textract whose end lets the execution go on.
finish_analysis: Textract tells that a job has ended -> the execution that waits goes on.
collect_analysis: A job has ended -> all its result pages in S3, in order.
transform: Textract's answer, or the file's own text -> lines, forms and tables.
enrich: What was read -> type, comparable fields, flags, entities, personal data.
summarize: What was read -> sentences by a language model.
write: All results -> tables, copies, and last of all the summary document; event DocumentSummarized.
reject: A refused version -> rejected/<key>.json and event DocumentRejected.
delete: A document was deleted -> all that was made of it goes; event DocumentDeleted.
batch_prepare: A prefix or a manifest -> the list of documents that the map reads.
batch_report: The map's result files -> report.json and failures.jsonl.
redrive_failed: An operator starts again what waits in DocumentsFailedQueue.
"""
