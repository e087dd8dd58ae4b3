"""One module per Lambda function: it parses its event, calls, returns.

index: Documents and access files that changed -> the index says what S3 says now.
door: A request over HTTP -> hits, an ask taken, an answer given out, a vote kept.
show: A cited page -> an address of it for some minutes, for who may read it.
retrieve: An ask -> the passages that may answer it, and the turns before it, for the steps that follow.
compose: An ask from the two lanes -> an answer of the model, kept in S3.
answer: What the model made of it -> what is borne out, the session's turn, the answer.
refuse: An ask that gets no answer -> the reason, kept.
give_up: Asks that killed their worker again and again -> their executions fail by name.
redrive_failed: Asks that failed -> started again, once an operator has mended the cause.
list_repository: Another repository beside what the last sync left -> what to do, in portions.
sync_portion: Some access files or documents -> put into the inbox, or removed from it.
finish_sync: What became of all portions -> the report and the cursor.
"""
