"""LLM: Bedrock's invocation logs become metrics of quality, refusals and cost.

handlers: One module per Lambda function: it parses its event, calls, returns.
logs: From log objects and stream records to pairs of prompt and completion, each counted once.
emission: Pairs go through the free modules; the values they give go to CloudWatch, within its limits.
modules: The metric modules: one file and one class per kind of metric.
refusals: Whether a completion refuses: cues, phrases, weights. Used by the module of the same kind.
paid: Modules that cost: a sample of the pairs, in batches, measured once, within the budget of a day.
canary: A fixed list of prompts that a model is asked on a schedule, compared with its own first answers.
model: Pair, Sample, Verdict, Module, and Skipped with the reasons why a record gives no pair.
errors: What can go wrong between a log and its metrics, by name.
stops: Every provider's words for why a model stopped, under one name each: pair, refused, filtered or skipped.
model_families: Model ids, profiles (profiles.toml) and ARNs under the name that metrics are split by: ModelFamily.
languages: The language of a pair's texts: what the producer said, else what Comprehend detects.
prices: What a call cost by the list prices in prices.toml.
spending: Sampling rates and which request ids they choose; the bill in units; the purses of modules and canary.
"""
