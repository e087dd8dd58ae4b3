"""HTML that would keep a parser busy for minutes, and pages that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.content import costly_html

BOLD = "".join(f"<b a={number}>" for number in range(500))


@pytest.mark.parametrize(
    ("html", "sentence"),
    [
        ("<div>" * 100_000, "nests over 512 elements, the last a <div>: close some"),
        ("<div>" * 513, "nests over 512 elements, the last a <div>: close some"),
        ("<p><b>" * 100_000, "nests over 512 elements, the last a <b>: close some"),
        (f"<p {' '.join(f'a{n}=1' for n in range(50_000))}>", "has an element with over 1000 attributes: remove some"),
        (f"<p{''.join(f'/a{n}' for n in range(1_001))}>", "has an element with over 1000 attributes: remove some"),
        (f"<p>{BOLD}</p>{'<p>x' * 9_000}", "leaves too many inline elements open: close <b>, <i>, <a> and the like"),
    ],
    ids=["depth", "just too deep", "inline", "attributes", "attributes by slashes", "opened again"],
)
def test_what_is_costly_says_what_to_change(html: str, sentence: str) -> None:
    assert costly_html.fault(html) == sentence


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 512 + "deep" + "</div>" * 512 + "<p>" * 3_000,
        "<p>" + "<i>word</i> " * 100_000,
        "".join(f"<p>paragraph {n} <b>bold</b><br><img src=x><li>item" for n in range(5_000)),
        "<p title='" + "a=1 " * 5_000 + "'>",
        "<!--" + "<div>" * 5_000 + "-->",
        "a < b and " * 5_000,
    ],
    ids=["as deep as browsers allow", "closed", "careless", "one long attribute", "a comment", "no tags"],
)
def test_what_a_person_wrote_is_not_costly(html: str) -> None:
    assert costly_html.fault(html) is None


@pytest.mark.parametrize("html", ["<" * 500_000, "<a '" * 100_000, '<a "' * 100_000 + "'", "<!--" * 100_000])
def test_broken_markup_is_looked_through_in_linear_time(html: str) -> None:
    costly_html.fault(html)


@given(st.text(st.sampled_from("<>/ab'\"= !-"), max_size=200))
def test_a_short_text_never_is(html: str) -> None:
    assert costly_html.fault(html) is None
