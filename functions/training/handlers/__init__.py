"""One module per Lambda function: it parses its event, calls, returns.

start: A manifest that was put, a training set that was built -> executions of ``train_model``.
claim: A manifest and its data -> a version, and the right to train it.
validate: Every row once -> columns, classes, counts, cautions.
prepare: The program's archive and the trials; the day's training jobs are taken.
choose: What the jobs came to -> the best one's files.
evaluate: The test rows -> the new model's probabilities and the live one's.
gate: Whether the new model has earned the place.
register: A package in SageMaker's registry.
approval: A person has the last word, where the manifest asks for one.
endpoint: A serverless endpoint of a version's own, where the manifest asks for one.
smoke: Twenty stored rows through what will serve.
point: The pointer names the new version, last of all.
retire: The endpoint before it goes.
refuse: A manifest that nothing comes of -> the reason, kept and told.
inventory: Endpoints that no pointer names; approvals that wait.
redrive_failed: Executions that failed -> started again, once an operator has mended the cause.
predict: Rows over HTTP -> predictions of the version that serves.
"""
