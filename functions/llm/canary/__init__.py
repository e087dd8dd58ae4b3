"""A fixed list of prompts that a model is asked again and again: what changes then is the model, not the traffic.

prompts: The list (``prompts.toml``), each prompt with what a model should do: answer or refuse.
asking: Each prompt to the model once; what it said, or that it said nothing.
likeness: How near an answer is to the first one, by their embeddings.
comparing: Its verdicts beside what is expected and beside its own first answers, the baseline in the table; metrics.
"""
