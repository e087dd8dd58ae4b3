from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.errors import InvalidArticle
from narration.model import Run
from narration.reading.html_body import paragraphs


def read(html, language="de-DE"):
    return [(found.kind, found.text) for found in paragraphs(html, language)]


def texts(html):
    return [found.text for found in paragraphs(html, "de-DE")]


def runs(html):
    (found,) = paragraphs(html, "de-DE")
    return found.runs


def test_kinds_in_document_order():
    html = """
      <!doctype html><html><head><title>Nicht lesen</title></head><body>
      <h1>Der Hafen</h1><p>Erster <b>Absatz</b>.</p>
      <ul><li>Punkt eins<li>Punkt zwei<ol><li>innen</li></ol></ul>
      <dl><dt>Wort<dd>Erklärung</dl>
      <blockquote>Gesagt<p>und getan</p><h2>In ihm</h2></blockquote>
      <h6>Ende</h6><div>Lose<div>verschachtelt</div>danach</div>Schluss
    """
    assert read(html) == [
        ("heading", "Der Hafen"),
        ("text", "Erster Absatz."),
        ("text", "Punkt eins"),
        ("text", "Punkt zwei"),
        ("text", "innen"),
        ("text", "Wort"),
        ("text", "Erklärung"),
        ("quote", "Gesagt"),
        ("quote", "und getan"),
        ("quote", "In ihm"),
        ("heading", "Ende"),
        ("text", "Lose"),
        ("text", "verschachtelt"),
        ("text", "danach"),
        ("text", "Schluss"),
    ]


LEFT_OUT_TAGS = [
    "code", "pre", "figcaption", "script", "style", "nav", "aside", "footer", "form",
    "iframe", "noscript", "template", "button", "table", "svg", "math",
]  # fmt: skip
INSIDE = {"table": "<tr><td><p>drin</table>", "svg": "<text>drin</text>", "math": "<mi>drin</mi>"}


@pytest.mark.parametrize("tag", LEFT_OUT_TAGS)
def test_what_is_left_out(tag):
    html = f"<p>vorher</p><{tag}>{INSIDE.get(tag, 'drin<p>auch</p>')}</{tag}><p>nachher</p>"
    assert texts(html) == ["vorher", "nachher"]


@pytest.mark.parametrize(
    ("attribute", "left"),
    [
        ("hidden", ["a", "c"]),
        ("HIDDEN=until-found", ["a", "c"]),
        ('aria-hidden="true"', ["a", "c"]),
        ("aria-hidden=' TRUE '", ["a", "c"]),
        ('aria-hidden="false"', ["a", "b", "c"]),
        ('class="hidden"', ["a", "b", "c"]),
    ],
)
def test_hidden_elements(attribute, left):
    assert texts(f"<p>a</p><div {attribute}><p>b</p></div><p>c</p>") == left


@pytest.mark.parametrize(
    ("html", "spoken"),
    [
        ("<p>eins<br>zwei</p>", ["eins\nzwei"]),
        ("<p>eins<br> <br/>zwei</p>", ["eins", "zwei"]),
        ("<p>ein<b>s</b> <i> zwei </i> drei</p>", ["eins zwei drei"]),
        ("<p> \n eins\t\n zwei </p>", ["eins zwei"]),
        ("<p>10&nbsp;km &amp; &lt;b&gt; &copy; &#x27;</p>", ["10\u00a0km & <b> © '"]),
        ("<p>Hör<wbr>buch, Zu&shy;sammen</p>", ["Hörbuch, Zusammen"]),
        ("<p>vor<hr>nach", ["vor", "", "nach"]),
        ('<p>Bild <img alt="nicht" src="x"> hier</p>', ["Bild hier"]),
        ("<p>Mit <code>x=1</code> Code</p>", ["Mit Code"]),
        ("<p></p><p> </p><p>&nbsp;</p>", []),
        ("<!-- <p>nein</p> -->ja", ["ja"]),
        ("z. B. Dr. Weber", ["z. B. Dr. Weber"]),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>", ["漢"]),
        ("<figure><img src=x><figcaption>Foto</figcaption></figure>Text", ["Text"]),
        ("<p>offen <b>fett <p>weiter", ["offen fett", "weiter"]),
        ("", []),
        ("\x00<p>a\x00b\x07c", ["ab c"]),
    ],
)
def test_text_as_a_browser_shows_it(html, spoken):
    assert texts(html) == spoken


def test_lang_is_inherited_and_kept_only_where_it_differs():
    html = '<div lang="en"><p>One <em lang="FR-ca">deux</em> <b>three</b> <i lang="de-de">vier</i></p></div>'
    assert runs(html) == (Run("One ", "en"), Run("deux", "fr-CA"), Run(" three ", "en"), Run("vier"))


@pytest.mark.parametrize(
    ("html", "lang"),
    [
        ('<html lang="de-DE"><body>x', None),
        ('<html lang="en"><body>x', "en"),
        ('<p lang="en"><b lang="">x</b>', None),
        ('<p lang="en"><b lang="not a tag">x</b>', "en"),
        ('<p lang="de">x', "de"),
    ],
)
def test_lang_attributes(html, lang):
    assert runs(html) == (Run("x", lang),)


def test_runs_share_the_white_space_between_them():
    assert runs("<p>a <i lang=en> b </i> <i lang=fr> c </i> d") == (
        Run("a "),
        Run("b ", "en"),
        Run("c ", "fr"),
        Run("d"),
    )


def test_no_more_paragraphs_than_asked_for():
    assert len(paragraphs("<p>x</p>" * 50, "de", most=7)) == 7
    assert len(paragraphs("<p>x</p>" * 5, "de", most=7)) == 5


@pytest.mark.parametrize(
    ("html", "sentence"),
    [
        ("<div>" * 100_000 + "x", "nests over 512 elements, the last a <div>"),
        ("<b>" * 100_000 + "x", "nests over 512 elements"),
        ("<p " + " ".join(f"a{n}" for n in range(5_000)) + ">x", "over 1000 attributes"),
        ("<p>" + "".join(f"<b a={n}>" for n in range(100)) + "</p>" + "<p>x" * 100_000, "inline elements open"),
    ],
)
def test_what_would_keep_the_parser_busy_is_refused(html, sentence):
    with pytest.raises(InvalidArticle, match=sentence):
        paragraphs(html, "de")


def test_a_body_may_nest_as_deep_as_browsers_allow():
    assert texts("<div>" * 512 + "tief" + "</div>" * 512 + "<p>" * 3_000 + "flach") == ["tief", "flach"]


def test_a_body_of_five_megabytes():
    html = "<p>" + "<i>Wort</i> " * 400_000
    (found,) = paragraphs(html, "de")
    assert found.text == "Wort " * 399_999 + "Wort"


@pytest.mark.parametrize("html", ["<" * 500_000, "<a '" * 900, '<a "' * 900 + "'", "<!--" * 100_000, "&" * 100_000])
def test_broken_markup_is_read_in_linear_time(html):
    assert len(paragraphs(html, "de")) <= 1


tags = st.sampled_from(
    ["<p>", "</p>", "<div>", "</div>", "<b lang=en>", "</b>", "<blockquote>", "<h2>", "</h2>", "<table>", "<td>",
     "</table>", "<br>", "<li>", "<script>", "</script>", "<!--", "-->", "<svg>", "<p hidden>", "<body>", "</html>"]
)  # fmt: skip


@given(st.lists(tags | st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=30))
def test_any_html_gives_clean_paragraphs(parts):
    for found in paragraphs("".join(parts), "de-DE"):
        assert found.kind in {"heading", "text", "quote", "pause"}
        assert bool(found.text) == (found.kind != "pause")
        assert "  " not in found.text
        assert found.text == found.text.strip(" ")
        assert all(run.text and run.lang in {None, "en"} for run in found.runs)
        assert all(a.lang != b.lang for a, b in pairwise(found.runs))
