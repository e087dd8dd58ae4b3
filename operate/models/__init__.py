"""What an operator asks about models: the calls behind an alarm, and what tokens cost.

judge: the calls behind an alarm over what models answer: request id, model, reason, score, object and line
call_sources: where records of calls are kept: the bucket of logs, events of a log group, outputs of batch inference
prices: the prices of models in functions/llm/prices.toml compared with the price list, and written
price_list: what the price list service says
"""
