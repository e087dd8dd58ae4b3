"""What a guardrail did, out of its trace: ``trace.guardrail`` of Converse, ``amazon-bedrock-trace`` of InvokeModel.

The two differ in the names of their members ("inputAssessment", "input"; "outputAssessments", "outputs"), and streams
put them into an event. The assessments are the same, so they are looked for by the names of their policies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

BLOCKED: Final = "BLOCKED"
MASKED: Final = "ANONYMIZED"

POLICIES: Final = (
    "automatedReasoningPolicy",
    "contentPolicy",
    "contextualGroundingPolicy",
    "sensitiveInformationPolicy",
    "topicPolicy",
    "wordPolicy",
)
"""Members of GuardrailAssessment in the API model of bedrock-runtime."""

_WRONG: Final = frozenset({"invalid", "impossible"})
"""Findings of automated reasoning, which tells and never acts."""
_DEEPEST: Final = 8


class Guard(NamedTuple):
    """``action``: BLOCKED, MASKED or ""; ``policies``: the names of those that acted, or found an answer wrong."""

    action: str = ""
    policies: frozenset[str] = frozenset()

    def also(self, other: Guard) -> Guard:
        """Both together: a trace comes in several events."""
        actions = {self.action, other.action}
        action = next((each for each in (BLOCKED, MASKED) if each in actions), "")
        return Guard(action, self.policies | other.policies)

    @property
    def names(self) -> str:
        """The policies in their order, with commas."""
        return ",".join(sorted(self.policies)) if self.policies else ""


NONE: Final = Guard()


def read(trace: dict[str, object]) -> Guard:
    """What the assessments say; where they name no action, what the sentence in ``actionReason`` says."""
    inside = trace.get("guardrail") or trace.get("guardrails")
    if not isinstance(inside, dict):
        return NONE
    found = NONE
    for assessment in _assessments(inside, _DEEPEST):
        for policy in POLICIES:
            acted = set(_actions(assessment.get(policy)))
            if acted:
                found = found.also(
                    Guard(BLOCKED if BLOCKED in acted else "".join(acted & {MASKED}), frozenset({policy}))
                )
    if not found.action and isinstance(reason := inside.get("actionReason"), str):
        said = reason.lower()
        action = BLOCKED if "blocked" in said else MASKED if "masked" in said or "anonymized" in said else ""
        return found.also(Guard(action))
    return found


def _assessments(node: object, deepest: int) -> Iterator[dict[str, object]]:
    """Every dict with a policy in it, however it is wrapped."""
    if deepest == 0:
        return
    if isinstance(node, list):
        for each in node:
            yield from _assessments(each, deepest - 1)
    elif isinstance(node, dict):
        if any(policy in node for policy in POLICIES):
            yield node
            return
        for each in node.values():
            yield from _assessments(each, deepest - 1)


def _actions(policy: object) -> Iterator[str]:
    """What a policy did, entry by entry: "BLOCKED", "ANONYMIZED", or "" for a finding without a deed."""
    if not isinstance(policy, dict):
        return
    for entries in policy.values():
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict):
                continue
            if entry.get("action") in (BLOCKED, MASKED):
                yield str(entry["action"])
            elif not _WRONG.isdisjoint(entry):
                yield ""
