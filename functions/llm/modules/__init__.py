"""Metric modules: each has one file, one class and one line of a list.

``FREE`` ones need nothing but the pair and run where records are read; ``PAID`` ones call a service for each pair, run
on a sample, and never pass the day's budget. A module of your own is ``llm/modules/<name>.py`` with a class ``<Name>``
below ``llm.model.Module`` or ``PaidModule``, and its name in a list; docs/llm.md says the rest.

ingest: RecordsRead, PairsEvaluated, the reasons why records give no pair; IngestLagSeconds.
usage: Tokens, LatencyMs, stop reasons, EstimatedCostUSD.
refusal: RefusalCount and its reasons, RefusalUndetermined, RefusalUnsupported, RefusalScore, what was filtered.
similarity: The cosine of the embeddings of prompt and completion, apart for what was answered and refused.
sentiment: The sentiment of completions, by Comprehend, one language per call.
toxicity: How toxic prompts and completions are, by Comprehend; the threshold, labels, English only.
"""

from __future__ import annotations

import importlib
from typing import Any

from llm.errors import UnknownModule
from llm.model import Module, PaidModule

FREE = (
    "ingest",
    "usage",
    "refusal",
)
PAID = (
    "similarity",
    "sentiment",
    "toxicity",
)


def make(name: str) -> Module:
    """A module by its name, imported when it is first needed. Raises UnknownModule."""
    module: Module = _class(name, (*FREE, *PAID))()
    return module


def make_paid(name: str) -> PaidModule:
    """The same of ``PAID`` alone."""
    module: PaidModule = _class(name, PAID)()
    return module


def _class(name: str, names: tuple[str, ...]) -> Any:
    """``prompt_length`` is ``llm.modules.prompt_length.PromptLength``. The name may come from an event: only what is in
    the list is imported."""
    if name not in names:
        raise UnknownModule(f"{name!r} is no metric module; the machine's input may name {', '.join(names)}.")
    return getattr(importlib.import_module(f"llm.modules.{name}"), name.title().replace("_", ""))
