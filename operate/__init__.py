"""What an operator runs against a stack, wherever it runs: ``python -m operate COMMAND --help``.

cli: the commands, their options with every default (--hours 8, --most 1000, --days 30, --rows 500), examples
clients: where a command goes: AWS as the caller's profile says, or a local cloud's port; a stack's outputs
helps: what each command needs, and an example of it
samconfig: the stack, profile, Region and parameters of an environment
asking: questions to the person at the terminal
failures: errors of AWS, the network and files as a sentence that says what to change
questions: the lake asked in plain English, by signed requests or a token
knowledge: the documents searched and asked, indexed anew; why one is found or is not
training: models that serve, wait or were refused; approved, retired, trained
errors: the error that ends a command with one sentence
redrive: failed executions of a pipeline started again, its dead letters sent on, what is left told by reason
erase: a person's article, document, questions or calls of models gone for good; what others use stays
cost: what each pipeline has cost, from metrics, beside its source article's way; ``prices.toml``: what AWS bills
spending: what may be bought today: shown, raised; a pipeline paused and resumed
replay: articles with another voice, documents with another model or prompt: the price first
delete: a stack deleted: what goes and what stays told first, what is left behind afterwards
preflight: before a deployment: credentials, workers, Region, models; is the lake still read as it was written
sign: members' cookies and signed URLs for one premium article, for the hours that it is told
images: signed addresses at which a picture comes as w, h and the like say; another key for those
read: an HTML body as it would be spoken, and what is left out of it, by which rule and where
arguments: what an option may be: numbers, spans of time, days of CloudWatch
amounts: how a number with its noun and a sum of dollars are told
stream: a CSV or JSON lines file played into the trips stream: record and batch sizes, retries, progress
resend: rows under errors/rows/, or records that Firehose gave up, on the trips stream once more
clean_rows: rows that the transform wrote, as the stream takes them, for what Firehose gave up behind it
bedrock_logging: where Bedrock logs this account's invocations, shown or set
models: the calls behind an alarm over what models answer, and the prices of models
calibrate: the refusal detector measured on labelled pairs, and a head fitted
"""
