"""Metric modules: one file, one class and one line of this list each.

``FREE`` ones need nothing but the pair and run where records are read; ``PAID`` ones call a service for each pair, run
on a sample, and never pass the day's budget. A module of your own: ``llm/modules/<name>.py`` with a class ``<Name>``
that fits ``llm.model.Module``, and its name here.

usage: What a call used:
ingest: How much was read, how much of it could be measured, why the rest could not, and how late.
toxicity: How toxic prompts and completions are, apart from each other, by Comprehend's DetectToxicContent.
sentiment: The sentiment of completions, by Comprehend's BatchDetectSentiment:
similarity: How near a completion is to its prompt:
refusal: Whether models decline what they are asked:
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
