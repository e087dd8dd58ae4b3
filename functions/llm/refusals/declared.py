"""What the provider itself says of an answer, before a word of it is read.

The reader has put stop reasons under the names of ``llm.stops``, and has told from a guardrail's trace whether it
blocked an answer or only masked parts of it. A masked answer is the model's, and is read.
"""

from __future__ import annotations

from typing import Final

from llm import stops
from llm.model import Verdict

DECLARED: Final = "stop_reason"
"""The cue of a refusal that the provider declares; with a colon and the policy where it names one."""
EMPTY: Final = "empty"

_UNKNOWN: Final = 0.5


def declared(completion: str, stop_reason: str, category: str = "") -> Verdict | None:
    """The verdict that needs no reading; None where the text decides.

    A declared refusal is one, whatever text came before it. What a filter or a guardrail took away says nothing of the
    model: ``undetermined``, with the reason "filtered". An answer without text and without a word why is
    ``undetermined`` too, with no reason. ``stop_reason`` is taken in every provider's own words; ``category`` is
    ``llm.stops.category_of``'s.
    """
    name = stops.name_of(stop_reason)
    match stops.kind_of(name):
        case "refused":
            return Verdict("refused", 1.0, f"{DECLARED}:{category}" if category else DECLARED, reason="policy")
        case "filtered":
            cue = stops.GUARDRAIL if name == stops.BLOCKED else stops.FILTERED
            return Verdict("undetermined", _UNKNOWN, cue, reason="filtered")
    if completion and not completion.isspace():
        return None
    if name in (stops.GUARDRAIL, stops.MASKED):
        return Verdict("undetermined", _UNKNOWN, stops.GUARDRAIL, reason="filtered")
    return Verdict("undetermined", _UNKNOWN, EMPTY)
