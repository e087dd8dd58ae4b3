"""What of a plan's speech is paid for, what is missing, what that bills, and in which ranges it is spoken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from common.objects import Bucket
from narration.model import Fragment
from narration.publishing.fragment_objects import proofs
from narration.publishing.plan_documents import Plan

RANGE_FRAGMENTS = 25
"""Missing fragments in one Map iteration; an iteration costs about seven of an execution's 25,000 history events."""

RANGE_GAP = 10
"""A range goes on over at most this many fragments that exist already: each costs one HEAD request."""

LOOKERS = 16
"""Threads that ask S3 which fragments exist; a HEAD takes some 15 ms and an article may have 2,000 fragments."""


@dataclass(frozen=True, slots=True)
class Bill:
    """Characters of a plan: all that it asks for, those paid for already, and those this save would bill where a
    paragraph is the least that is paid for, to compare sentences with."""

    requested: int
    reused: int
    by_paragraph: int


def missing(audio: Bucket, plan: Plan) -> dict[str, int]:
    """How many requests to Polly each fragment still lacks, by hash, where it lacks any."""
    wanted = [(fragment.hash, key) for fragment in plan.fragments for key in proofs(fragment, plan.options.marks)]
    with ThreadPoolExecutor(LOOKERS) as pool:
        heads = pool.map(lambda entry: audio.head(entry[1]), wanted)
        lacking = Counter(name for (name, _), stored in zip(wanted, heads, strict=True) if stored is None)
    return dict(lacking)


def bill(plan: Plan, missing: Mapping[str, int]) -> Bill:
    """``missing``: requests that each fragment lacks."""
    price = {one.hash: one.characters * len(proofs(one, plan.options.marks)) for one in plan.fragments}
    requested = sum(price.values())
    absent = sum(fragment.characters * missing.get(fragment.hash, 0) for fragment in plan.fragments)
    by_paragraph = absent
    if plan.options.granularity != "paragraph":
        by_paragraph = sum(price[name] for names in _edited(plan, missing) for name in names)
    return Bill(requested, requested - absent, by_paragraph)


def _edited(plan: Plan, missing: Mapping[str, int]) -> set[tuple[str, ...]]:
    """The fragments of each paragraph that lacks one; paragraphs that say the same are one."""
    spoken: dict[tuple[str, int | None], list[str]] = {}
    for item in (*plan.items, *plan.teaser):
        if item.fragment and item.fragment not in spoken.setdefault((item.kind, item.paragraph), []):
            spoken[item.kind, item.paragraph].append(item.fragment)
    return {tuple(names) for names in spoken.values() if not missing.keys().isdisjoint(names)}


def ranges(fragments: Sequence[Fragment], missing: Iterable[str]) -> list[dict[str, int]]:
    """Half-open ranges ``{start, stop}`` of ``fragments`` that hold all the missing ones, at most 25 of them each.

    Ranges index the whole list, which never changes for a plan; so an iteration that runs twice, or late, still means
    the same fragments, and looks for itself which of them exist by then.
    """
    lacking = set(missing)
    spans: list[dict[str, int]] = []
    count = 0
    for index in (i for i, fragment in enumerate(fragments) if fragment.hash in lacking):
        if spans and count < RANGE_FRAGMENTS and index - spans[-1]["stop"] <= RANGE_GAP:
            spans[-1]["stop"] = index + 1
            count += 1
        else:
            spans.append({"start": index, "stop": index + 1})
            count = 1
    return spans
