"""Characters that show nothing and can spell a text all the same: who looks at the page does not see it, a model does.

Tags (U+E0000..E007F) mirror ASCII letter by letter; variation selectors and blanks of no width carry bits. Flags of
emoji are made of tags (UTS 51), single selectors and joiners belong to scripts: those stay.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Final

from documents.model import Extraction
from documents.reading import reader_flags

WAY: Final = "characters that show nothing"
_INVISIBLE = re.compile(
    "(?P<flag>\U0001f3f4[\U000e0020-\U000e007e]{1,6}\U000e007f)"
    "|[\U000e0000-\U000e007f]+"
    "|(?:[\ufe00-\ufe0f\U000e0100-\U000e01ef]){2,}"
    "|[\u200b-\u200d\u2060-\u2064\ufeff]{8,}"
)
_ANY = re.compile("[\U000e0000-\U000e01ef\ufe00-\ufe0f\u200b-\u200d\u2060-\u2064\ufeff]")


def left_out(found: Extraction) -> Extraction:
    """Without such texts, with TEXT_HIDDEN for the number of places that held one."""
    if not any(_ANY.search(line.text) for line in found.lines) and not any(map(_ANY.search, _others(found))):
        return found
    count: Counter[str] = Counter()
    lines = tuple(replace(line, text=_visible(line.text, count)) for line in found.lines)
    number = count[WAY] or sum(_visible(text, count) != text for text in _others(found))
    return replace(
        found,
        lines=tuple(line for line in lines if line.text),
        forms=tuple(replace(form, key=_visible(form.key), value=_visible(form.value)) for form in found.forms),
        tables=tuple(
            replace(table, rows=tuple(tuple(map(_visible, row)) for row in table.rows)) for table in found.tables
        ),
        flags=(*found.flags, *reader_flags.hidden({WAY: number})),
    )


def _others(found: Extraction) -> list[str]:
    return [
        *(text for form in found.forms for text in (form.key, form.value)),
        *(cell for table in found.tables for row in table.rows for cell in row),
    ]


def _visible(text: str, count: Counter[str] | None = None) -> str:
    def instead(match: re.Match[str]) -> str:
        if match["flag"]:
            return match[0]
        if count is not None:
            count[WAY] += 1
        return ""

    return _INVISIBLE.sub(instead, text).strip() if _ANY.search(text) else text
