"""``operate cost``: what a stack has cost, from the metrics that it publishes, beside the way of the source article.

command: the pipelines of the stack, one after the other
prices: what AWS bills, from ``operate/prices.toml``, with its source and its day
stack: what is looked at: the stack's parameters, its functions and machines, its age
meter: sums of CloudWatch metrics; None where there is not one value
bill: lines, ways to pay, a pipeline's bill
around: Lambda and Step Functions, which each pipeline pays
narration: Polly, by paragraph, by whole article
documents: Textract by the features that set its price, the model, Comprehend; all pages and an endpoint
images: the functions; the article's function and machine
questions: the model, Athena; the article's loop, which asks the same four times
knowledge: the model, embeddings; the article's index, by the hour
trips: Firehose and the function; pandas in it
llm: Comprehend, embeddings; every pair in calls of its own
report: a bill as text
arguments: what cost takes, what it needs, examples
"""
