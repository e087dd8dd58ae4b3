"""What of a body is not read aloud, by kind; and what has to stay although it looks alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.model import Run
from narration.reading import html_body, rules, text_rules
from narration.reading.profile import Profile
from tests.unit.narration.builders import article

PROSE = "The council met on Monday evening and decided, after four hours, that the old bridge would be kept. " * 2


def said(html: str) -> list[str]:
    return [found.text for found in html_body.paragraphs(html, "en-GB")]


def by_rule(html: str) -> dict[str, int]:
    return html_body.read(html, "en-GB").counts


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
def test_what_was_taken_back_is_never_said(tag: str):
    html = f"<p>The mayor <{tag}>was arrested</{tag}> <ins>resigned</ins>.</p>"
    assert said(html) == ["The mayor resigned."]
    assert by_rule(html) == {"deleted": 1}


@pytest.mark.parametrize(
    "mark",
    [
        '<sup><a href="#fn1">1</a></sup>',
        '<a href="#fn1"><sup>1</sup></a>',
        '<a href="#fn1">[1]</a>',
        '<a href="https://paper.example/a#fn1" class="footnote-ref">1</a>',
        '<a role="doc-noteref" href="#fn1">*</a>',
        '<sup id="cite_ref-1" class="reference"><a href="#fn1"><span>[</span>1<span>]</span></a></sup>',
        '<span class="x"><sup><a href="#fn1">1</a>, <a href="#fn2">2</a></sup></span>',
        " [1]",
        "[1, 2]",
        "[note 2]",
        "<sup>1</sup>",
    ],
)
def test_a_footnote_mark_and_its_note_are_not_said(mark: str):
    note = '<li id="fn1">Not heard. <a href="#r">↩</a></li>'
    notes = f'<h2>Footnotes</h2><ol class="footnotes">{note}<li id="fn2">Nor this.</li></ol>'
    html = f"<p>It was Tuesday{mark}.</p><p>{PROSE}</p>"
    assert said(html + notes) == ["It was Tuesday.", *said(f"<p>{PROSE}")]


@pytest.mark.parametrize(
    "html",
    [
        "H<sub>2</sub>O",
        "40 m<sup>2</sup>",
        "10<sup>6</sup>",
        "the 1<sup>st</sup>",
        'see <a href="#chapter">chapter 1</a>',
        "he said [sic]",
        "the years [19]85",
        "a[i](x)",
        "E = mc<sup>2</sup>",
    ],
)
def test_what_is_raised_or_bracketed_and_no_footnote_stays(html: str):
    plain = html.replace("<sub>", "").replace("</sub>", "").replace("<sup>", "").replace("</sup>", "")
    expected = "see chapter 1" if "href" in html else plain
    notes = f'<p>{PROSE}<sup><a href="#n">1</a></sup></p><ol><li id="n">A note.</li></ol>'
    assert said(f"<p>{html}</p>{notes}")[0] == expected


def test_a_note_list_loses_its_title_and_the_article_keeps_its_own():
    text = f'<h2 id="s"><a href="#s">§</a> Notes</h2><p>{PROSE}<sup><a href="#n1">1</a></sup></p>'
    html = text + '<div><h3>Notes</h3><p id="n1">1. x</p></div>'
    assert said(html)[0].endswith("Notes")
    assert len(said(html)) == 2


@pytest.mark.parametrize(
    "attribute",
    [
        "hidden", 'aria-hidden="true"', 'style="display:none"', 'style="color:red; VISIBILITY : hidden"',
        'style="opacity:0"', 'style="font-size:0px"', 'style="position:absolute;left:-9999px"',
        'class="screen-reader-text"', 'class="x visually-hidden"', 'class="sr-only"', 'class="u-hiddenVisually"',
    ],
)  # fmt: skip
def test_what_the_page_hides_is_not_said(attribute: str):
    assert said(f"<p>{PROSE}</p><p {attribute}>hidden</p>") == said(f"<p>{PROSE}")


@pytest.mark.parametrize(
    "attribute",
    [
        'class="has-large-font-size"', 'class="header leadership"', 'class="sharepoint"', 'style="opacity:0.9"',
        'class="readership-story"', 'aria-hidden="false"', 'class="download-adventure"', 'id="nextdoor"',
        'class="article-body article__content"',
        'class="tag-norwick category-news type-post"', 'class="next-steps"', 'class="date-with-destiny"',
        'style="display:block"',
    ],
)  # fmt: skip
def test_part_of_a_word_is_no_word(attribute: str):
    assert said(f"<p>Before it.</p><p>{PROSE}</p><div {attribute}>stays</div>")[-1] == "stays"


@pytest.mark.parametrize(
    "html",
    [
        f'<div class="ad-free-content"><p>{PROSE}</p></div>',
        f'<div class="share"><p>{PROSE}</p></div><p>{PROSE} {PROSE}</p>',
        f'<p>{PROSE}</p><div class="promo"><blockquote>I never said so.</blockquote></div>',
        '<p>First.</p><div class="teaser">And this is more than half of everything that is said here.</div>',
        '<p class="tag">A short line.</p>' + f"<p>{PROSE}</p>",
    ],
)
def test_guards_keep_the_articles_own_text(html: str):
    found = html_body.read(html, "en-GB")
    assert not found.left_out
    assert found.kept


@pytest.mark.parametrize(
    ("html", "spoken"),
    [
        ("More at https://www.ferries.example/a/b?c=d#e.", "More at ferries.example."),
        ("(www.ferries.example/a)", "(ferries.example)"),
        ("See ferries.example/timetable, or call.", "See ferries.example, or call."),
        ('<a href="https://ferries.example/a">said so</a>', "said so"),
        ('<a href="https://a.example/b">https://a.example/b</a> says so', "a.example says so"),
        ("It runs at 60 km/h and/or less, i.e./viz.", "It runs at 60 km/h and/or less, i.e./viz."),
        ("Version 1.2/3 of it", "Version 1.2/3 of it"),
        ("Write to post@ferries.example", "Write to post@ferries.example"),
    ],
)
def test_an_address_is_said_as_its_host(html: str, spoken: str):
    assert said(f"<p>{html}</p>") == [spoken]


@pytest.mark.parametrize(
    "html",
    [
        "https://video.example/watch?v=1", "[gallery ids=1]", '[gallery ids="1,2"]', "[/vc_row]",
        "[audio src='a.mp3'][/audio]",
        '[caption id="a" width="1"]A bridge.[/caption]', "[[{\"fid\":\"1\"}]]", "{{< figure src=\"a\" >}}",
        '[contact-form-7 id="9" title="x"]', '[my-thing size="3"]', "Advertisement", "ANZEIGE:", "Share this:",
        "Story continues below advertisement", "Read more: The other bridge", "Lire aussi : Le pont",
        '<a href="/x">Read more</a>', '<a href="/x">Lesen Sie auch die Reportage</a>', "0:00 / 3:12",
        "[12] Minutes of the council, page 3.",
    ],
)  # fmt: skip
def test_paragraphs_that_are_none(html: str):
    assert said(f"<p>{PROSE}</p><p>{html}</p>") == said(f"<p>{PROSE}")


@pytest.mark.parametrize(
    "text",
    [
        "More than 300 people came.", "Related problems were found.", "Watch out!", "Listen to me.",
        "[Aktualisiert] Text",
        "Advertisement revenue fell.", "Recommended by nobody, it sold well.", "Read more books this year.",
        "Print is dead.",
        "E-mail", "Next", "Photo", "Comments",
    ],
)  # fmt: skip
def test_sentences_that_begin_like_a_label_stay(text: str):
    assert said(f"<p>{text}</p>") == [text]


def test_a_label_takes_the_links_behind_it_along():
    links = '<ul><li><a href="/1">One</a></li><li><a href="/2">Two</a></li></ul>'
    assert said(f"<p>{PROSE}</p><h3>Related articles</h3>{links}<p>Last.</p>")[1:] == ["Last."]
    assert said(f"<p>{PROSE}</p><h3>Two towns</h3>{links}")[1:] == ["Two towns", "One", "Two"]


def test_a_quotation_set_large_is_said_once():
    quote = "We are sorry for every passenger."
    aside = f'<div class="pullquote"><p>“{quote}”</p></div>'
    assert said(f"<p>He said: {quote} Then he left.</p>{aside}") == [f"He said: {quote} Then he left."]
    assert said(f"<p>He said nothing.</p>{aside}") == ["He said nothing.", f"“{quote}”"]


@pytest.mark.parametrize("ornament", ["***", "* * *", "❦", "→", "🎉🎉", "👩\u200d🚀", "—", "###", "⁂", "• • •", "☎️"])
def test_an_ornament_is_a_pause(ornament: str):
    found = html_body.paragraphs(f"<p>Before.</p><p>{ornament}</p><p>After.</p>", "en-GB")
    assert [(one.kind, one.text) for one in found] == [("text", "Before."), ("pause", ""), ("text", "After.")]


def test_ornaments_at_the_edges_or_side_by_side_are_no_more_than_one_pause():
    html = "<p>❦</p><p>One.</p><p>***</p><hr><p>→</p><p>Two.</p><p>❦</p>"
    assert [one.kind for one in html_body.paragraphs(html, "en-GB")] == ["text", "pause", "text"]


def test_blank_lines_are_paragraphs_only_where_no_paragraph_is_marked():
    classic = "One\ntwo.<br>\nThree.\n\n \nFour <b>five\n\nsix</b>\n\n<ul><li>a\n\nb</li></ul>"
    assert said(classic) == ["One two. Three.", "Four five", "six", "a b"]
    assert said(f"<div>One\n\ntwo</div><p>{PROSE}</p>")[0] == "One two"


def test_a_publishers_paragraphs_keep_their_places():
    texts = ["One [1].", "https://a.example/b", "***", "Read more: this one is meant", "See https://a.example/b"]
    found = article(paragraphs=[{"kind": "text", "text": text} for text in texts])
    assert [(one.kind, one.text) for one in found.paragraphs] == [
        ("text", "One."), ("text", "a.example"), ("pause", ""), ("text", "Read more: this one is meant"),
        ("text", "See a.example"),
    ]  # fmt: skip
    assert found.left_out == {"address": 2, "footnotes": 1, "ornament": 1}


def test_every_rule_says_why_and_can_be_asked():
    for rule in rules.own().rules:
        assert rule.why, rule.name
        assert any(
            (
                rule.elements,
                rule.roles,
                rule.epub_types,
                rule.attributes,
                rule.classes,
                rule.style,
                rule.logic,
                rule.pattern,
            )
        )
        assert set(rule.guards) <= set(rules.GUARDS)
        assert rule.logic in rules.LOGICS


def test_a_rule_laid_over_another_changes_the_digest_and_what_is_read():
    house = rules.own()
    other = rules.merged(house, {"deleted": {"off": True}, "boxes": {"classes": ["our box"]}})
    assert Profile(other).digest != Profile(house).digest
    html = f'<p>{PROSE}</p><p><del>gone</del></p><div class="our-box">x</div>'
    assert [one.text for one in html_body.read(html, "en-GB", rules=other).paragraphs][1:] == ["gone"]
    assert said(html)[1:] == ["x"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_text_rules_come_to_an_end_and_never_add_letters(text: str):
    cut = text_rules.cut((Run(text),), rules.own(), lambda _rule, _text: None)
    assert sum(len(run.text) for run in cut.runs) <= len(text)


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + '<sup><a href="#n">1</a></sup> word ' * 20_000 + '</p><p id="n">x</p>',
        "<p><span>" + '<a href="#n">[1]</a>' * 20_000 + '</span></p><ol><li id="n">x</li></ol>',
        '<p class="pullquote">Nobody knew.</p><p>Somebody knew.</p>' * 10_000,
        '<div class="share">' * 500 + f"<p>{PROSE}</p>" * 1_000,
        '<h3>Related</h3><ul><li><a href="/a">b</a></li></ul>' * 10_000,
    ],
)
def test_what_is_repeated_without_end_is_read_in_linear_time(html: str):
    """Each of these took minutes where an element was asked for again and again."""
    reading = html_body.read(html, "en")
    assert reading.left_out or reading.kept


@pytest.mark.parametrize("part", ["[", "[a ", "www.", "a.", "{{<", "[caption]", '[a b="c" ', "[[{", "a-", "x=1 "])
def test_patterns_take_linear_time(part: str):
    """A pattern that looked back over all of it would not end within the suite's patience."""
    assert len(html_body.paragraphs(f"<p>{part * 40_000}</p>", "en")) <= 1


@pytest.mark.parametrize(
    "attribute",
    [
        'style="text-decoration:line-through"', 'style="color:#000;TEXT-DECORATION-LINE : underline line-through"',
        'class="line-through"', 'class="x strikethrough"',
    ],
)  # fmt: skip
def test_what_is_struck_out_by_style_is_never_said(attribute: str):
    """Editors that write no <s>: Google Docs, Word and what pastes from them."""
    html = f"<p>They <span {attribute}>killed</span> met him.</p>"
    assert said(html) == ["They met him."]
    assert by_rule(html) == {"deleted": 1}
    assert said('<p><span style="text-decoration:underline">They</span> met.</p>') == ["They met."]


NOTED = f"<p>{PROSE}</p>" * 3


@pytest.mark.parametrize(
    ("mark", "note"),
    [
        (
            '<a class="footnote-anchor" id="footnote-anchor-1" href="#footnote-1">1</a>',
            '<div class="footnote"><a id="footnote-1" href="#footnote-anchor-1" class="footnote-number">1</a>'
            '<div class="footnote-content"><p>Not heard.</p></div></div>',
        ),
        (
            '<sup><a href="#ftnt1" id="ftnt_ref1">[1]</a></sup>',
            '<div><p><a href="#ftnt_ref1" id="ftnt1">[1]</a><span> Not heard.</span></p></div>',
        ),
        (
            '<a href="#_ftn1" name="_ftnref1">[1]</a>',
            '<p><a href="#_ftnref1" name="_ftn1">[1]</a> Not heard.</p>',
        ),
        ("[^1]", '<p class="MsoFootnoteText">Not heard.</p>'),
        ("[1]", '<div style="mso-element:footnote-list"><div style="mso-element:footnote">Not heard.</div></div>'),
    ],
    ids=["substack", "google-docs", "word", "markdown", "word-pasted"],
)
def test_a_note_that_leads_back_does_not_take_the_paragraph_with_its_mark(mark: str, note: str):
    html = f"<p>It was Tuesday.{mark} Nobody noticed.</p>{NOTED}{note}"
    assert said(html) == ["It was Tuesday. Nobody noticed.", *said(NOTED)]


@pytest.mark.parametrize(
    "frame",
    [
        '<div class="elementor-element elementor-widget elementor-widget-text-editor">{}</div>',
        '<div class="so-panel widget widget_sow-editor">{}</div>',
        '<div class="strange-widget">{}</div>',
        '<div class="card-share">{}</div>',
    ],
)
def test_a_page_builders_frame_around_every_block_is_no_widget(frame: str):
    """Each piece is far from half of the body; together they are the article."""
    sentences = [f"Sentence number {word} is here." for word in ("one", "two", "three", "four", "five")]
    html = "".join(frame.format(f"<p>{one}</p>") for one in sentences)
    assert said(f"<div>{html}</div>") == sentences


def test_a_name_is_believed_where_an_article_is_left():
    html = f"<p>{PROSE}</p>" + '<div class="strange-widget">Rain until noon, then sun.</div>' * 30
    assert said(html) == said(f"<p>{PROSE}</p>")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<pre class="wp-block-verse">The river runs</pre>', "The river runs"),
        ('<table role="presentation"><tr><td><p>The river runs</p></td></tr></table>', "The river runs"),
        ('<figure class="block-color-gray callout"><div>The river runs</div></figure>', "The river runs"),
        ('<h3 class="x"><button aria-expanded="false"><span>Who pays?</span></button></h3>', "Who pays?"),
        ("<p>[dropcap]T[/dropcap]he river runs</p>", "The river runs"),
        ("<p>[b]The[/b] river runs</p>", "The river runs"),
        ("<p>[quote]The river runs[/quote]</p>", "The river runs"),
        ("<p>{{% notice tip %}}The river runs{{% /notice %}}</p>", "The river runs"),
    ],
)
def test_text_in_an_unusual_frame_is_said(html: str, expected: str):
    assert said(f"<p>Before.</p>{html}<p>{PROSE}</p>")[1] == expected


@pytest.mark.parametrize(
    "html",
    [
        "<pre>x = 1</pre>",
        "<table><tr><td>3</td></tr></table>",
        "<h3>Who pays? <button>Copy link</button></h3>",
        "<amp-ad><div>No ad</div></amp-ad>",
        "<dialog><p>We use cookies.</p></dialog>",
        '<blockquote class="instagram-media"><a href="x">View this post</a></blockquote>',
        '<div class="elementor-widget elementor-widget-button"><a href="x">Book</a></div>',
        '<p>[su_button url="x"]Click[/su_button]</p>',
        r"<p>$$\int_0^1 x$$</p>",
        "<p>Foto: dpa</p>",
        "<p>Photo\u00a0: AFP</p>",
        "<p>إعلان</p>",
        '<p>यह भी पढ़ें: <a href="x">दूसरी खबर</a></p>',
        "<p>続きを読む</p>",
    ],
)
def test_what_no_reader_would_say_in_an_unusual_form(html: str):
    found = said(f"<p>Before.</p>{html}<p>{PROSE}</p>")
    assert [one for one in found if one != "Who pays?"] == said(f"<p>Before.</p><p>{PROSE}</p>")


def test_money_is_no_formula():
    assert said("<p>It costs $5 and then $7 more, or $$$.</p>") == ["It costs $5 and then $7 more, or $$$."]


def test_a_publishers_rule_has_exceptions():
    table = {"ours": {"classes": ["box"], "except_classes": ["good box"], "except_attributes": ["data-say=yes"]}}
    own = rules.merged(rules.own(), table)
    body = '<div class="box">no</div><div class="good-box">one</div><div class="box" data-say="YES">two</div>'
    read = html_body.read(f"<p>{PROSE}</p>{body}", "en-GB", rules=own)
    assert [one.text for one in read.paragraphs[1:]] == ["one", "two"]
