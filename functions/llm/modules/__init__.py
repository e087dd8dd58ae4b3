"""Metric modules: each has one file, one class and one line of this list.

``FREE`` ones need nothing but the pair and run where records are read; ``PAID`` ones call a service for each pair, run
on a sample, and never pass the day's budget. A module of your own: ``llm/modules/<name>.py`` with a class ``<Name>``
that fits ``llm.model.Module``, and its name here.

ingest: RecordsRead, PairsEvaluated, the reasons why records give no pair, IngestLagSeconds.
usage: Tokens, LatencyMs, stop reasons, EstimatedCostUSD.
refusal: RefusalCount, RefusalUndetermined, RefusalScore, GuardrailInterventions, ContentFiltered.
similarity: The cosine of the embeddings of prompt and completion, apart for what was answered and refused.
sentiment: The sentiment of completions, by Comprehend, one language per call.
toxicity: How toxic prompts and completions are, by Comprehend; the threshold, labels, English only.
"""

from __future__ import annotations

import importlib

from llm.model import Module

FREE = ("ingest", "usage", "refusal")
PAID = ("similarity", "sentiment", "toxicity")
ALL = (*FREE, *PAID)


def make(name: str) -> Module:
    """A module by its name, imported when it is first needed."""
    module: Module = getattr(importlib.import_module(f"llm.modules.{name}"), name.capitalize())()
    return module
