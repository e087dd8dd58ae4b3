"""HTML: what it shows by other means than text is told."""

from __future__ import annotations

import pytest

from documents.reading.html import html_text

DATA = "data:image/png;base64," + "A" * 2000


@pytest.mark.parametrize(
    "html",
    [
        "<img src=https://example.org/scan.png>",
        "<img src=scan.png width=600 height=400>",
        f"<img src='{DATA}'>",
        "<img src=scan.png style='width:100%'>",
        "<svg width=20 height=20><text>Total</text></svg>",
        "<svg width=600 height=400><path d='M0 0'/></svg>",
        "<div><table><tr><td>x<td><img src=scan.png></table></div>",
    ],
)
def test_a_picture_is_unread(html):
    assert html_text.read(f"<p>Name: Ada</p>{html}").pictures == 1


@pytest.mark.parametrize(
    "html",
    [
        "<img src=logo.png width=80 height=60>",
        "<img src=https://example.org/open.gif width=1 height=1>",
        "<img src=line.png width=600 height=2>",
        "<img src=line.png height=2>",
        "<img src=cid:logo@example.org>",  # an attachment of the mail, and told as such
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
        "<img alt='no picture at all'>",
        "<svg width=16 height=16><path d='M0 0'/></svg>",
        "<img src=scan.png style='display:none'>",
        "<div hidden><img src=scan.png></div>",
    ],
)
def test_an_ornament_is_none(html):
    content = html_text.read(f"<p>Name: Ada</p>{html}")
    assert content.pictures == 0
    assert not +content.unread


def test_what_lies_within_a_page_is_told():
    content = html_text.read(
        "<p>a</p><iframe srcdoc='<p>b</p>'></iframe><object data=x.pdf></object><math><mi>x</mi></math>"
        "<video src=v></video>"
    )
    assert +content.unread == {
        "pages within the page": 1, "embedded objects": 1, "formulas": 1, "recordings": 1,
    }  # fmt: skip


def test_what_is_not_read_to_the_blind_is_shown_to_all_others():
    off = "<span style='position:absolute;clip:rect(0,0,0,0)'>$9.99</span>"
    assert html_text.read(f"<p>Total: {off}<span aria-hidden=true>$9.99</span></p>").lines == ["Total: $9.99"]
