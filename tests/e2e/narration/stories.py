"""Articles for tests. Each has an id and a word of its own, so that no test's fragments or keys are another's."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4


def _word() -> str:
    """A pronounceable word that nobody has used before."""
    return "".join(random.choice("bdfklmnprstv") + random.choice("aeiou") for _ in range(7)).capitalize()


@dataclass
class Story:
    """An article that a newsroom works on; ``version`` counts up with every message made from it."""

    id: str = field(default_factory=lambda: f"e2e-{uuid4().hex[:12]}")
    word: str = field(default_factory=_word)
    version: int = 0

    def says(self, *paragraphs: str | dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The next version. Texts become paragraphs about this story's word; a leading "# " makes a heading.

        A change of None takes a member away.
        """
        self.version += 1
        message = {
            "id": self.id,
            "version": self.version,
            "title": f"About {self.word}",
            "language": "en-US",
            "status": "published",
            "paragraphs": [one if isinstance(one, dict) else self.paragraph(one) for one in paragraphs],
            **changes,
        }
        if {"body_html", "body_s3"} & changes.keys():
            del message["paragraphs"]
        return {name: value for name, value in message.items() if value is not None}

    def paragraph(self, text: str) -> dict[str, Any]:
        kind = "heading" if text.startswith("# ") else "text"
        return {"kind": kind, "text": f"{text.removeprefix('# ')} {self.word}."}

    def withdrawn(self) -> dict[str, Any]:
        self.version += 1
        return {"id": self.id, "version": self.version, "status": "withdrawn"}
