"""Textract: what it is asked, its jobs, and its answers as text, forms and tables.

features: FeatureTypes and Queries, 15 questions at most, and the fingerprint of what a kept answer answers.
calls: The client, the document's place, and Textract's refusals under the names of documents.errors.
jobs: The item of the table for a job: task token, attempt, JobTag; how the waiting execution goes on; kept 30 days.
job_calls: Starting a job, how it stands, and whether it ended well: FAILED, PARTIAL_SUCCESS, forgotten.
job_looks: Looking at a job whose end was not heard of, every quarter of an hour, until its time is over.
job_messages: What Textract tells of a job's end by SNS and SQS: late, twice, or of no known job.
result_pages: Result pages of a job in order: by NextToken, or files that Textract wrote (UseOutputConfig).
raw_answers: Textract's raw answer in S3, in parts, with a marker that says when it is whole.
blocks: Blocks as lines in reading order, forms, merged cells and tables, queries, signatures, check boxes.
"""
