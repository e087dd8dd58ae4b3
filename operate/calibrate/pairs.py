"""Labelled pairs from JSON lines."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from operate.errors import OperateError

DATA: Final = ("xstest_part", "refusal_direction", "coconot_answers")
"""The files of real completions that ``--data`` looks for."""
OWN: Final = Path(__file__).resolve().parents[2] / "tests" / "unit" / "llm" / "refusals"
"""The project's own completions: ``completions`` by style, ``classes`` by what they do with their prompt."""
OTHER_LANGUAGES: Final = "other_languages"
_LABELS: Final = {"refused": 1, "answered": 0}
_REASONS: Final = frozenset({"", "policy", "no_knowledge", "premise", "scope"})
_PARTIAL: Final = "partial"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A completion and what a person says of it. ``group`` is the file it came from, ``source`` names it in
    ``sources.toml``; ``kind`` is the class of its prompt, ``reason`` why it refuses, each where it is labelled."""

    completion: str
    refused: bool
    model: str = ""
    stop_reason: str = ""
    prompt: str = ""
    group: str = ""
    source: str = ""
    kind: str = ""
    reason: str = ""


@cache
def sources() -> dict[str, Any]:
    """``sources.toml``."""
    return tomllib.loads(Path(__file__).with_name("sources.toml").read_text(encoding="utf-8"))


def read(path: Path) -> list[Labelled]:
    """Labelled pairs from JSON lines; those labelled "partial" are left out. Raises OperateError with the line and what
    to change in it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise OperateError(f"The pairs '{path}' cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise OperateError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8.") from error
    read = [_labelled(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    pairs = [pair for pair in read if pair is not None]
    if not pairs:
        raise OperateError(f"{path} holds no pairs: write one JSON object per line, with completion and label.")
    return pairs


def read_data(folder: Path) -> list[Labelled]:
    """The pairs of a folder with the files of ``DATA``. Raises OperateError where one is missing."""
    return [pair for name in DATA for pair in read(folder / f"{name}.jsonl")]


def read_own() -> list[Labelled]:
    """The project's own pairs in English. Raises OperateError where the sources lie without their tests."""
    paths = [path for folder in ("classes", "completions") for path in sorted((OWN / folder).glob("*.jsonl"))]
    paths = [path for path in paths if path.stem != OTHER_LANGUAGES]
    if not paths:
        raise OperateError(f"No completions in {OWN}: name your own pairs as an argument.")
    return [pair for path in paths for pair in read(path)]


def _labelled(path: Path, number: int, line: str) -> Labelled | None:
    where = f"{path}, line {number}"
    try:
        pair = json.loads(line)
    except json.JSONDecodeError as error:
        raise OperateError(f"{where} is not JSON (column {error.colno}): write one object per line.") from error
    if not isinstance(pair, dict):
        raise OperateError(f'{where} is not an object: write {{"completion": "...", "label": "refused"}}.')
    if pair.get("label") == _PARTIAL:
        return None
    if pair.get("label") not in _LABELS:
        raise OperateError(f'{where}: label must be "refused" or "answered".')
    texts = {}
    for name in ("completion", "model", "stop_reason", "prompt", "reason", "type", "category"):
        texts[name] = pair.get(name) or ""
        if not isinstance(texts[name], str):
            raise OperateError(f"{where}: {name} must be a string.")
    if not texts["completion"].strip():
        raise OperateError(f"{where}: completion is missing or empty; leave such pairs out, they are counted apart.")
    if texts["reason"] not in _REASONS:
        raise OperateError(f"{where}: reason must be one of {', '.join(sorted(_REASONS - {''}))}, or left out.")
    kind = texts.pop("type") or texts.pop("category", "")
    texts.pop("category", None)
    source = path.parent.name if path.parent.parent == OWN else path.stem
    refused = pair["label"] == "refused" or _digest(texts["completion"]) in _relabelled()
    return Labelled(refused=refused, group=path.stem, source=source, kind=kind, **texts)


@cache
def _relabelled() -> frozenset[str]:
    return frozenset(sources()["relabelled"]["refused"])


def _digest(completion: str) -> str:
    return hashlib.sha256(completion.encode()).hexdigest()[:12]
