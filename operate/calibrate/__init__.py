"""``python -m operate calibrate``: how well refusals are told on labelled pairs, and a head fitted to them.

pairs: Labelled pairs from JSON lines, with the line and what to change where one is wrong.
rows: What a fit sees of a pair: features, label, model; no text. Kept rows of real completions (``real.jsonl.gz``).
fitting: A head from rows (``prior.toml``, ``sources.toml``), and every row judged by a head that has not seen its like.
logistic: The logistic regression that fits it.
report: The figures, by model, class and reason.
command: What the command does with its options.

The figures are honest: each pair is judged by a head that was fitted without it, without any other of its model's
family, and without its prompt. Deterministic: the same pairs give the same file.
"""
