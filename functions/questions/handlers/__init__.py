"""One module per Lambda function: it parses its event, calls, returns.

door: A request over HTTP -> a question taken, or an answer given out.
read_tables: A question -> the tables that may answer it, and the turns before it, for the steps that follow.
generate: A question from the two lanes -> one statement of the model, kept in S3.
prove: A statement -> whether it may run, by the guard and by Athena's plan.
judge: The end of a run -> an answer, a statement to repair, or a refusal.
answer: Rows in S3 -> the answer, the session's turn, an event.
refuse: A question that gets no answer -> the reason, kept; an event.
give_up: Questions that killed their worker again and again -> their executions fail by name.
redrive_failed: Questions that failed -> started again, once an operator has mended the cause.
"""
