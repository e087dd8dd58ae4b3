"""What an operator runs against a stack, wherever it runs: ``python -m operate COMMAND --help``.

cli: the commands, their options with every default (--hours 8, --most 100, --days 30, --rows 500), examples
clients: where a command goes: AWS as the caller's profile says, or a local cloud's port; a stack's outputs
errors: the error that ends a command with one sentence
redrive: failed executions of a pipeline started again by the pipeline's own RedriveFailed
purge: what is left of a withdrawn article taken away; what other articles use stays
cost: what narration has cost, from its metrics; ``prices.toml``: prices of Polly, Comprehend, embeddings
preflight: before a deployment, whether the workers that speak fit into what the account runs at once
sign: members' cookies and signed URLs for one premium article, for the hours that it is told
read: an HTML body as it would be spoken, and what is left out of it, by which rule and where
stream: a CSV or JSON lines file played into the trips stream: record and batch sizes, retries, progress
bedrock_logging: where Bedrock logs this account's invocations, shown or set
calibrate: the refusal detector measured on labelled pairs, and a head fitted (``refusal_prior.toml``)
logistic: the logistic regression that fits it
"""
