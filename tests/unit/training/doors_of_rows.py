"""One row through all of a model's doors. Examples come from ``cells`` below; ``tests/roads`` has many more of them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence

from hypothesis import strategies as st

from tests.unit.training import builders
from training.transform import rows

LITERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""What JSON takes for a number."""
NAMES = [column.name for column in builders.COLUMNS]
ODD = [
    "5", "21", "007", "7", "5.0", " 5", "yes", "NaN", "1_000", "1e400", "-0", "\u0663", "true", "1e5", "0x1F", "+3",
    ".5", "5.", "\ufeff", "\r", "\n", '"', ",", "\x00", "\u2028", "\xa0", "age", "station", "null", "[1]",
    "1E400", "9" * 400,
]  # fmt: skip
cells = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.integers().map(str),
    st.floats().map(repr),
    st.from_regex(LITERAL, fullmatch=True),
    st.sampled_from(ODD),
)
row = st.lists(cells, min_size=3, max_size=3)

Row = Sequence[str | None]


def literal(text: str | None) -> str:
    """As a program writes it that knows numbers: bare where it can be."""
    if text is None:
        return "null"
    return text if LITERAL.fullmatch(text) or text in ("true", "false") else json.dumps(text)


def sent(row: Row) -> dict[str, tuple[bytes, str]]:
    """The same row in each form: body and content type."""
    array = "[" + ",".join(map(literal, row)) + "]"
    named = "{" + ",".join(f"{json.dumps(name)}:{literal(text)}" for name, text in zip(NAMES, row, strict=True)) + "}"
    return {
        "CSV": (_csv(row), "text/csv; charset=utf-8"),
        "CSV with a header": (_csv(NAMES, row), "text/csv"),
        "CSV in another order": (_csv(NAMES[::-1], list(row)[::-1]), "text/csv"),
        "CSV of our own": (rows.to_csv([row], NAMES), "text/csv"),
        "array": (array.encode(), "application/json"),
        "arrays": (f"[{array}]".encode(), "application/json"),
        "object": (named.encode(), "application/json"),
        "instances": (f'{{"instances":[{{"features":{array}}}]}}'.encode(), "application/json"),
        "line": (named.encode() + b"\r\n", "application/jsonlines"),
        "line of features": (f'{{"features":{array}}}\n'.encode(), "application/x-ndjson"),
    }


def encoded(row: Row) -> dict[str, list[object]]:
    """What the model sees of it, by the form in which it was sent."""
    fit = builders.fit()
    found: dict[str, list[object]] = {}
    for form, (body, content_type) in sent(row).items():
        if form == "CSV" and sum((text or "").strip() in NAMES for text in row) > 1:
            continue  # looks like a header; who sends it has to send one
        (read,) = rows.parse(body, content_type, builders.COLUMNS)
        found[form] = list(fit.encode(read))
    return found


def _csv(*lines: Row) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()
