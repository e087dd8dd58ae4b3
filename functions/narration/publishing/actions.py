"""What a version of an article asks for, given what is published. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from narration.article.versions import compare
from narration.errors import EditionGone, VersionConflict
from narration.model import Article, Pointer
from narration.publishing.plan_documents import Plan

if TYPE_CHECKING:
    from narration.article.repeats import Said

Action = Literal["draft", "synthesize", "remerge", "retag", "advance", "nothing", "withdraw", "superseded"]
"""``advance`` moves the pointer to a newer version with the same content; ``remerge`` is the same version with changed
sounds, or replayed with another voice; ``nothing`` only heals what it finds."""


MOST_REPLANNED = 5
"""How often in a row an execution may find what it builds on gone. A race is over after one or two."""


def check_replanned(times: int) -> None:
    """Raises EditionGone where planning again has not helped."""
    if times > MOST_REPLANNED:
        raise EditionGone(
            f"What the article is built from was gone {times} times in a row. The execution's history names the "
            f"object, such as a fragment's .mp3 without which its .json must go too; delete that, then redrive."
        )


def decide(
    article: Article,
    plan: Plan | None,
    pointer: Pointer | None,
    current: Plan | None,
    replanned: int = 0,
    said: Said = "otherwise",
) -> Action:
    """``plan`` is None for a draft or a withdrawal; ``current`` is the plan behind the pointer's edition. ``said``: of
    the published version, where that has another message.

    Raises VersionConflict where versions cannot be compared, or the same version says something else.
    """
    action = _decided(article, plan, pointer, current, said)
    # No race after two times: the published edition is damaged. Its fragments are there, so merging it bills nothing.
    return "synthesize" if action == "retag" and replanned > 1 else action


def _decided(article: Article, plan: Plan | None, pointer: Pointer | None, current: Plan | None, said: Said) -> Action:
    if article.status == "draft":
        return "draft"
    order = 1 if pointer is None else compare(article.version, pointer.version)
    if order < 0:
        return "superseded"
    if pointer is not None and order == 0:
        return _same_version(article, plan, pointer, current, said)
    return "withdraw" if plan is None else _newer(plan, current)


def _newer(plan: Plan, current: Plan | None) -> Action:
    """What a newer version needs beside the published edition; None where nothing is published."""
    if current is None or plan.audio != current.audio:
        return "synthesize"
    return "advance" if plan.content == current.content else "retag"


def _same_version(article: Article, plan: Plan | None, pointer: Pointer, current: Plan | None, said: Said) -> Action:
    if article.status != pointer.status:
        raise VersionConflict(
            f"Version {article.version} is {pointer.status} already; send a higher version to make it {article.status}."
        )
    if plan is None or (current is not None and plan.content == current.content):
        return "nothing"
    if pointer.message == plan.message or said == "replay":
        # The publisher's words are the same, so what differs is ours: a sound was replaced, or how we narrate. A replay
        # names the message that it stands for, so that of two only one, and none of an older state, is published.
        return "remerge"
    if said == "repeat" and (current is None or _may_read_alike(plan, current)):
        return "nothing"
    raise VersionConflict(
        f"Version {article.version} is published with other content; send the change under a higher version."
    )


def _may_read_alike(plan: Plan, current: Plan) -> bool:
    """False where a body in S3 was changed under the same message: the same rules have read something else."""
    rules = (plan.reading, plan.options) == (current.reading, current.options)
    return not rules or [item.text for item in plan.items] == [item.text for item in current.items]
