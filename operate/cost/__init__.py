"""``operate cost``: what a stack has cost, from the metrics that it publishes, beside the way of the source article.

command: the pipelines of the stack, one after the other
prices: what AWS bills, from ``operate/prices.toml``, with its source and its day
stack: what is looked at: the stack's parameters, its functions and machines, its age
meter: sums of CloudWatch metrics; None where there is not one value
bill: lines, ways to pay, a pipeline's bill
around: Lambda and Step Functions, which each pipeline pays
narration, documents, images, trips, llm: the bill of each
report: a bill as text
"""
