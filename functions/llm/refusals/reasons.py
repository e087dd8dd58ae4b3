"""Why a completion refuses: rules, want of knowledge, its question's premise, or what its model is there for."""

from __future__ import annotations

from typing import Final

from llm.model import Reason
from llm.refusals.features import Reading

_RULES: Final = frozenset({"unwilling", "policy", "blocked", "moral", "values", "urge", "topic_judged", "crisis"})
PREMISE: Final = frozenset({"premise", "premise_is", "premise_how", "echo_flip"})
_KNOWLEDGE: Final = frozenset({"knowledge", "limits", "senseless", "no_info", "unclear"})
_SCOPE: Final = frozenset({"scope_first", "no_advice", "role"})
_DECLINED: Final = frozenset({"inability_first", "unwilling_first", "blocked"})


def reason_of(reading: Reading, *, gap: bool = False) -> Reason:
    """The class of what speaks loudest in a refusal. ``gap``: the head's second side decided."""
    features = reading.features
    if gap:
        return "no_knowledge" if "no_info" in features and not _SCOPE & features.keys() else "scope"
    if "no_info" in features and "premise" not in features and _RULES.isdisjoint(features):
        return "no_knowledge"
    if not PREMISE.isdisjoint(features) and _DECLINED.isdisjoint(features):
        return "premise"
    if not _SCOPE.isdisjoint(features):
        return "scope"
    if not _KNOWLEDGE.isdisjoint(features) and _RULES.isdisjoint(features):
        return "no_knowledge"
    return "policy"
