"""One module per Lambda function: it parses its event, calls, returns.

claim: An object was put in the inbox -> the work of this execution, or a reason why there is none.
inspect: The document's bytes -> media type, pages and route.
analyze: One page from the two lanes -> Textract's answer, kept in S3.
start_analysis: Several pages from the two lanes -> a job of Textract whose end lets the execution go on.
finish_analysis: Textract tells that a job has ended -> the execution that waits goes on.
collect_analysis: A job has ended -> all its result pages in S3, in order.
transform: Textract's answer, or the file's own text -> lines, forms and tables.
enrich: What was read -> type, comparable fields, flags, entities, personal data.
summarize: What was read, from the two lanes -> sentences by a language model.
give_up: Steps that killed their workers -> their executions fail by name.
write: All results -> tables, copies, and last of all the summary document; event DocumentSummarized.
reject: A refused version -> rejected/<key>.json and event DocumentRejected.
delete: A document was deleted -> all that was made of it goes; event DocumentDeleted.
batch: The functions of a bulk run: its list and its report.
redrive_failed: An operator starts again what waits in DocumentsFailedQueue.
"""
