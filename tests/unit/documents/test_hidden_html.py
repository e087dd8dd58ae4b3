"""HTML: what a browser shows, whatever the page says about it elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.files import media_types
from documents.reading import own_text
from documents.reading.html import css_colours, hidden_html, html_text

TOTAL = "Total due: $1.00"

HIDDEN = {
    "display": f"<p style='display : NONE'>{TOTAL}</p>",
    "important": f"<style>p.x{{display:none!important}}</style><p class=x style='display:block'>{TOTAL}</p>",
    "class": f"<style>.x{{display:none}}</style><p class='a x'>{TOTAL}</p>",
    "id": f"<style>#x{{visibility:hidden}}</style><p id=x>{TOTAL}</p>",
    "below": f"<style>div p{{display:none}}</style><div><p>{TOTAL}</p></div>",
    "list": f"<style>h1,.x,h2{{opacity:0}}</style><p class=x>{TOTAL}</p>",
    "attribute selector": f"<style>[data-x]{{opacity:0.0}}</style><p data-x>{TOTAL}</p>",
    "media": f"<style>@media screen and (min-width:1px){{.x{{display:none}}}}</style><p class=x>{TOTAL}</p>",
    "comment": f"<style>/* {{ */ .x{{/* */display:none}}</style><p class=x>{TOTAL}</p>",
    "no size": f"<p style='font-size:0'>{TOTAL}</p>",
    "small size": f"<p style='font-size:0.5px'>{TOTAL}</p>",
    "font": f"<p style='font:0px Arial'>{TOTAL}</p>",
    "size of a parent": f"<div style='font-size:0'><p style='font-size:2em'>{TOTAL}</p></div>",
    "left": f"<p style='position:absolute;left:-9999px'>{TOTAL}</p>",
    "indent": f"<p style='text-indent:-9999px'>{TOTAL}</p>",
    "moved": f"<p style='transform:translateX(-9999px)'>{TOTAL}</p>",
    "scaled": f"<p style='transform:scale(0)'>{TOTAL}</p>",
    "clip": f"<p style='position:absolute;clip:rect(0,0,0,0)'>{TOTAL}</p>",
    "clip path": f"<p style='clip-path:inset(100%)'>{TOTAL}</p>",
    "no height": f"<p style='height:0;overflow:hidden'>{TOTAL}</p>",
    "white on white": f"<p style='color:#fff'>{TOTAL}</p>",
    "nearly white": f"<p style='color:rgb(250, 250,250)'>{TOTAL}</p>",
    "red on red": f"<div style='background:red'><p style='color:#f00'>{TOTAL}</p></div>",
    "by font": f"<font color=white>{TOTAL}</font>",
    "by bgcolor": f"<table><tr><td><h1>x</h1><td bgcolor='#003366'><font color='#003366'>{TOTAL}</font></table>",
    "hsl": f"<p style='color:hsl(0,0%,99%)'>{TOTAL}</p>",
    "transparent": f"<p style='color:transparent'>{TOTAL}</p>",
    "rgba in four digits": f"<p style='color:#0000'>{TOTAL}</p>",
    "font without a unit": f"<p style='font:0/0 a'>{TOTAL}</p>",
    "filter": f"<p style='filter:opacity(0)'>{TOTAL}</p>",
    "zoom": f"<p style='zoom:0'>{TOTAL}</p>",
    "scale": f"<p style='scale:0'>{TOTAL}</p>",
    "translate": f"<p style='translate:-9999px'>{TOTAL}</p>",
    "inset": f"<p style='position:absolute;inset:-9999px auto auto 0'>{TOTAL}</p>",
    "escaped": f"<p style='d\\isplay:none'>{TOTAL}</p>",
    "escaped by number": f"<p style='d\\69 splay:none'>{TOTAL}</p>",
    "variable": f"<style>:root{{--c:#fff}}.x{{color:var(--c)}}</style><p class=x>{TOTAL}</p>",
    "variable of a variable": f"<style>p{{--a:none;--b:var(--a)}}</style><p style='display:var(--b)'>{TOTAL}</p>",
    "variable of a parent": f"<div style='--o:0'><p style='opacity:var(--o)'>{TOTAL}</p></div>",
    "in a variable's stead": f"<p style='display:var(--nowhere, none)'>{TOTAL}</p>",
    "a sum": f"<p style='font-size:calc(0px)'>{TOTAL}</p>",
    "a sum of products": f"<p style='font-size:calc((1em - 16px) * 3 + 0.5px)'>{TOTAL}</p>",
    "the least": f"<p style='font-size:min(1px, 3em)'>{TOTAL}</p>",
    "clamped": f"<p style='font-size:clamp(0px, 2vw, 1px)'>{TOTAL}</p>",
    "a sum as a place": f"<p style='position:absolute;left:calc(-99 * 100px)'>{TOTAL}</p>",
    "turned away": f"<p style='transform:rotateY(90deg)'>{TOTAL}</p>",
    "turned away in turns": f"<p style='transform:rotateX(-.25turn)'>{TOTAL}</p>",
    "turned by a property": f"<p style='rotate:y 90deg'>{TOTAL}</p>",
    "turned about an axis": f"<p style='transform:rotate3d(0, 1, 0, 90deg)'>{TOTAL}</p>",
    "slanted": f"<p style='transform:skewX(90deg)'>{TOTAL}</p>",
    "flat": f"<p style='transform:scale3d(1, 0, 1)'>{TOTAL}</p>",
    "matrix": f"<p style='transform:matrix(0,0,0,0,0,0)'>{TOTAL}</p>",
    "letters apart": f"<p style='letter-spacing:-1000px'>{TOTAL}</p>",
    "letters apart above": f"<div style='letter-spacing:-1em'><p>{TOTAL}</p></div>",
    "words apart": f"<p style='word-spacing:-9999px'>{TOTAL}</p>",
    "oklch": f"<p style='color:oklch(100% 0 0)'>{TOTAL}</p>",
    "lab": f"<p style='color:lab(99 0 0)'>{TOTAL}</p>",
    "hwb": f"<p style='color:hwb(0 100% 0%)'>{TOTAL}</p>",
    "srgb": f"<p style='color:color(srgb 1 1 1)'>{TOTAL}</p>",
    "see-through oklch": f"<p style='color:oklch(0% 0 0 / 0)'>{TOTAL}</p>",
    "escaped selector": f"<style>.a\\:b{{display:none}}</style><p class='a:b'>{TOTAL}</p>",
    "a link that holds its sheet": f"<link rel=stylesheet href='data:text/css,#x{{opacity:0}}'><p id=x>{TOTAL}</p>",
    "an import that holds its sheet": (
        f"<style>@import url('data:text/css;base64,Lnh7ZGlzcGxheTpub25lfQ==');</style><p class=x>{TOTAL}</p>"
    ),
    "hidden": f"<p hidden>{TOTAL}</p>",
    "dialog": f"<dialog>{TOTAL}</dialog>",
}

SHOWN = {
    "stronger rule": f"<style>.x{{display:none}} #y{{display:block}}</style><p class=x id=y>{TOTAL}</p>",
    "later rule": f"<style>.x{{display:none}} .x{{display:block}}</style><p class=x>{TOTAL}</p>",
    "own style": f"<style>.x{{display:none}}</style><p class=x style='display:block'>{TOTAL}</p>",
    "a variable that says black": f"<style>:root{{--c:#000}}</style><p style='color:var(--c)'>{TOTAL}</p>",
    "a variable that nobody sets": f"<p style='display:var(--nowhere)'>{TOTAL}</p>",
    "variables in a circle": f"<p style='--a:var(--b);--b:var(--a);display:var(--a)'>{TOTAL}</p>",
    "variables that grow": (
        "<p style='--a:none none;"
        + "".join(f"--{y}:{f'var(--{x})' * 9};" for x, y in zip("abcdefgh", "bcdefghi", strict=True))
        + f"display:var(--i)'>{TOTAL}</p>"
    ),
    "a sum that shows": f"<p style='font-size:calc(1rem + 0.5vw)'>{TOTAL}</p>",
    "a width that depends": f"<p style='font-size:max(0px, 1em)'>{TOTAL}</p>",
    "turned in the page": f"<p style='transform:rotate(90deg)'>{TOTAL}</p>",
    "turned to its back and front": f"<p style='transform:rotateY(360deg)'>{TOTAL}</p>",
    "larger": f"<p style='transform:scale(1.5)'>{TOTAL}</p>",
    "letters near": f"<p style='letter-spacing:-0.05em;word-spacing:-2px'>{TOTAL}</p>",
    "letters apart and back": f"<div style='letter-spacing:-9em'><p style='letter-spacing:normal'>{TOTAL}</p></div>",
    "dark oklch": f"<p style='color:oklch(40% 0.1 250)'>{TOTAL}</p>",
    "waiting and escaped": f"<style>.a\\:b:hover{{display:none}}</style><p class='a:b'>{TOTAL}</p>",
    "a link for print": f"<link rel=stylesheet media=print href=x.css><p>{TOTAL}</p>",
    "a link to letters' shapes": (
        f"<link rel=stylesheet href='https://fonts.googleapis.com/css2?family=Inter'><p>{TOTAL}</p>"
    ),
    "a link to an icon": f"<link rel=icon href=x.png><p>{TOTAL}</p>",
    "a dark page": f"<style>html{{background:#111;color:#eee}}</style><p>{TOTAL}</p>",
    "print only": f"<style>@media print{{.x{{display:none}}}}</style><p class=x>{TOTAL}</p>",
    "print sheet": f"<style media=print>.x{{display:none}}</style><p class=x>{TOTAL}</p>",
    "hover": f"<style>.x:hover{{display:none}}</style><p class=x>{TOTAL}</p>",
    "before": f"<style>.x::before{{display:none}}</style><p class=x>{TOTAL}</p>",
    "white on dark": f"<div style='background:#123'><p style='color:#fff'>{TOTAL}</p></div>",
    "white on a picture": f"<div style='background:url(x.png)'><p style='color:#fff'>{TOTAL}</p></div>",
    "light grey": f"<p style='color:#ddd'>{TOTAL}</p>",
    "visible again": f"<div style='visibility:hidden'><p style='visibility:visible'>{TOTAL}</p></div>",
    "size again": f"<div style='font-size:0'><p style='font-size:12px'>{TOTAL}</p></div>",
    "no colour": f"<p style='color:var(--x)'>{TOTAL}</p>",
    "left alone": f"<p style='left:-9999px'>{TOTAL}</p>",
    "a broken selector": f"<style>p:::{{display:none}} [[{{display:none}}</style><p>{TOTAL}</p>",
}


@pytest.fixture
def read(tmp_path):
    def extract(html):
        path = tmp_path / "document"
        path.write_text(f"<html><body><p>Balance: $900.00</p>{html}</body></html>", encoding="utf-8")
        return own_text.extract(path, media_types.HTML)

    return extract


def test_every_way_is_left_out_and_told(read):
    for way, html in HIDDEN.items():
        found = read(html)
        assert "$1.00" not in str(found), way
        assert [form.value for form in found.forms] == ["$900.00"], way
        [flag] = found.flags
        assert (flag.code, flag.message[:39]) == ("TEXT_HIDDEN", "Words that do not show were left out: 3"), way


def test_what_shows_is_read_without_a_flag(read):
    for way, html in SHOWN.items():
        found = read(html)
        assert [form.value for form in found.forms] == ["$900.00", "$1.00"], way
        assert found.flags == (), way


@pytest.mark.parametrize(
    "head",
    [
        "<link rel=stylesheet href='https://example.org/a.css'>",
        "<LINK REL='preload StyleSheet' HREF=a.css>",
        "<style>@import 'a.css';</style>",
        '<style>@import url("a.css") screen;</style>',
        "<link rel=stylesheet href='data:text/css,@import url(a.css);'>",
    ],
)
def test_a_style_sheet_that_lies_elsewhere_is_told(read, head):
    found = read(f"<html><head>{head}</head><body><p>{TOTAL}</p></body></html>")
    assert TOTAL in found.text()
    assert [flag.message for flag in found.flags] == ["Not read: style sheets that lie elsewhere (1)."]


def test_signs_that_adorn_are_no_words(read):
    assert read("<i aria-hidden=true>★</i>").flags == ()


def test_very_many_rules_are_bounded_and_told(monkeypatch):
    monkeypatch.setattr(hidden_html, "MOST_RULES", 3)
    sheet = "".join(f".c{n}{{display:none}}" for n in range(10))
    content = html_text.read(f"<style>{sheet}</style><p class=c1>no<p class=c9>yes")
    assert content.lines == ["yes"]
    assert content.unread["rules of a style sheet"] > 0


def test_deep_elements_end(read):
    deep = "<div style='color:#fff'>" * 400
    assert "white" not in read(deep + "white").text()


@given(st.text(st.sampled_from("{}@;:,.#ab()/* \"'[]>!"), max_size=80))
def test_any_style_sheet_ends(sheet):
    for rule in hidden_html.rules_of(sheet):
        assert rule.selector
    html_text.read(f"<style>{sheet.replace('<', '')}</style><p class=a id=b>text</p>")


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#fff", (255, 255, 255)), ("#FFFFFF80", (255, 255, 255)), ("rgb(1 2 3)", (1, 2, 3)),
        ("rgba(100%, 0, 0, .5)", (255, 0, 0)), ("hsl(120, 100%, 50%)", (0, 255, 0)), ("white url(x)", (255, 255, 255)),
        ("var(--a)", None), ("", None), ("rgb(1)", None),
    ],
)  # fmt: skip
def test_colours(text, colour):
    assert css_colours.colour(text) == colour


def test_clear_backgrounds():
    assert all(map(css_colours.is_clear, ["transparent", "none", "rgba(0,0,0,0)", "RGBA(1, 2, 3, 0.0)"]))
    assert not any(map(css_colours.is_clear, ["#fff", "rgba(0,0,0,1)", "red"]))
