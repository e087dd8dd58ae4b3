"""Questions: a question in plain English becomes SQL that was proved before it ran, and an answer out of the lake.

handlers: One module per Lambda function: it parses its event, calls, returns.
tables: What may be asked: tables of the Glue catalogue, with comments and samples; the fitting ones.
generation: The model is asked for SQL, and again with what was wrong; its completions read.
guard: Whether a statement may run: one SELECT over allowed tables, its columns known; what Athena said of it.
running: A proved statement in Athena: its plan beforehand, its end, the bytes that it scanned.
answers: Ids, sessions and rates of whoever asks; the answer, kept for a stated time; its event.
steps: What one step leaves in S3 for those that follow: tables, the session's turns, attempts.
model: A question's data on its way: tables, problems, cautions, attempts; SCHEMA, EVENT_SOURCE (millrace.questions).
errors: What can go wrong; the names are the contract of answers, events and state machines.
"""
