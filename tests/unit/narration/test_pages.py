"""A page in each of five CMS styles, read as a person would read it aloud; what is left out is named by its rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from narration.reading import html_body

PAGES = Path(__file__).with_name("pages")
LEFT_OUT = {
    "wordpress_block": "address caption card deleted footnotes ornament pullquote related share",
    "wordpress_classic": "address-alone lead ornament shortcode",
    "ghost": "address caption card ornament subscribe",
    "drupal": "address caption comments deleted footnotes hidden meta related tags transparent",
    "newspaper": "advertisement caption deleted footnotes label lead meta ornament page share subscribe tags wiki",
}
LANGUAGE = {"drupal": "de-DE"}


def reading(name: str) -> html_body.Reading:
    html = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    return html_body.read(html, LANGUAGE.get(name, "en-GB"))


def test_every_page_is_read():
    assert {path.stem for path in PAGES.glob("*.html")} == LEFT_OUT.keys()


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_page_is_read_as_a_person_would_read_it(name: str):
    said = [f"{found.kind}: {found.text}".replace("\n", " / ").strip() for found in reading(name).paragraphs]
    assert said == (PAGES / f"{name}.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out_of_a_page_is_named_by_its_rule(name: str):
    found = reading(name)
    assert " ".join(found.counts) == LEFT_OUT[name]
    assert all(one.text and one.where for one in found.left_out)
