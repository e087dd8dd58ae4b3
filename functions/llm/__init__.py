"""LLM: Bedrock's invocation logs become metrics of quality, refusals and cost.

handlers: One module per Lambda function: it parses its event, calls, returns.
logs: From log objects and stream records to pairs of prompt and completion.
model_families: Model ids under names that few enough metrics can be split by.
spending: What measuring may cost:
modules: Metric modules:
emission: From pairs to samples to CloudWatch.
paid: Modules that cost: a sample of the pairs, in batches, within the budget of a day.
refusals: Refusals:
model: A prompt with its completion, and what is measured on it:
errors: What can go wrong between a log and its metrics, by name.
embeddings: Texts -> vectors, by Amazon Titan Text Embeddings:
languages: Which language a text is in, by Comprehend's BatchDetectDominantLanguage.
prices: What a call cost by the list prices in ``prices.toml``.
segments: Texts cut for services that count bytes of UTF-8:
"""
