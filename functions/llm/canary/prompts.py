"""The fixed list of prompts."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

FILE = Path(__file__).with_name("prompts.toml")
Expected = Literal["answered", "refused"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """``expected``: what a model should do with it."""

    name: str
    text: str
    expected: Expected


def load(path: Path = FILE) -> tuple[Prompt, ...]:
    """The prompts in the order of the file."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Prompt(name, text, kind) for kind in get_args(Expected) for name, text in table[kind].items())


def edition(prompts: tuple[Prompt, ...]) -> str:
    """Another one for another list: answers to different questions are not compared."""
    text = "\n".join(f"{one.name} {one.expected} {one.text}" for one in prompts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
