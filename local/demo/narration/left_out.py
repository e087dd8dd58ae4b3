"""What of the German article's HTML is not read aloud: by which rule, and that nobody hears it."""

from __future__ import annotations

from typing import Any

from local.demo.account import DemoError, Tell
from local.demo.newsroom import Newsroom

PROMISED = {
    "address": (1, "an address is said as its host", "nachtzug.example"),
    "caption": (1, "the caption of the picture", ""),
    "deleted": (1, "what was taken back", ""),
    "footnotes": (3, "a mark, its note and the title of the notes", ""),
    "ornament": (1, "a line of emoji is a pause", ""),
    "page": (1, "a box beside the text", ""),
}
"""Of each rule: how often it holds in the article, what it is, and what is said instead."""
NEVER = ("ein ganzes Archiv", "Bildunterschrift", "Mittwoch", "Newsletter", "https", "Fußnoten", "\N{STEAM LOCOMOTIVE}")


def play(newsroom: Newsroom, edition: str, tell: Tell) -> int:
    """Prints a row for each rule that left something out of ``edition``; how many promises were broken."""
    plan = newsroom.audio.json(f"plans/{edition}.json")
    if plan is None:
        raise DemoError(f"The plan of edition {edition} is not there.")
    broken = 0
    tell("\nLeft out of the German article (python -m operate read FILE.html lists the same of any page)\n")
    tell(f"{'rule':<14}{'times':>6}  as promised")
    for rule in sorted({*PROMISED, *plan["left_out"]}):
        times = plan["left_out"].get(rule, 0)
        promised, what, said = PROMISED.get(rule, (0, "nothing by this rule", ""))
        kept = times == promised and said in _heard(plan)
        broken += not kept
        tell(f"{rule:<14}{times:>6}  {'yes' if kept else 'NO '}  {what}{f': {said}' if said else ''}")
    spoken = [words for words in NEVER if words in _heard(plan)]
    tell(f"\nnone of it is said: {'yes' if not spoken else f'NO, {spoken} is'}")
    return broken + bool(spoken)


def _heard(plan: dict[str, Any]) -> str:
    return " ".join(item["text"] for item in plan["items"])
