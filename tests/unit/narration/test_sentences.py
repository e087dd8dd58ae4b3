# ruff: noqa: RUF001  (other scripts' punctuation is meant as it stands)
from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.speech.sentences import groups, sentence_ends, split


def sentences(text):
    ends = [0, *sentence_ends(text), len(text)]
    return [text[a:b].strip() for a, b in pairwise(ends)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Er kam.", "Sie ging!", "Warum?", "Darum."],
        ["Dr. Weber kam z. B. am 3. Oktober.", "Es kostete 3.14 Euro."],
        ["Mr. J. R. Hartley, i.e. the author, left at 3 p.m. on Monday.", "He ran."],
        ["„Komm!“", "Er kam.", "(Sie auch.)", "Ende."],
        ["He said: “Stop.”", "“Why?”", "Nobody knew."],
        ["Und dann... kam er.", "Und dann…", "Nichts."],
        ["今日は晴れです。", "明日は雨。", "「本当？」", "「はい。」"],
        ["यह पहला वाक्य है।", "यह दूसरा है।"],
        ["¿Qué pasa?", "¡Nada!", "Bien."],
        ["Der U.S. Senat tagt.", "Im Jahr 1999.", "Danach nicht."],
        ["Version 2.0.1 erschien.", "Danke."],
        ["No end here"],
    ],
)
def test_sentences_are_found(expected):
    joint = "" if "。" in expected[0] else " "
    assert sentences(joint.join(expected)) == expected


@given(st.text(st.sampled_from('aZ 1.!?…。,;"“)\u0301é👍\u200d\n'), max_size=300), st.integers(1, 20))
def test_a_split_loses_nothing_and_keeps_its_reach(text, width):
    pieces = split(text, lambda start: min(start + width, len(text)))
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= width for piece in pieces) or text == ""


@pytest.mark.parametrize(
    ("text", "width", "pieces"),
    [
        ("Eins zwei. Drei vier, fünf.", 20, ["Eins zwei. ", "Drei vier, fünf."]),
        ("Eins zwei, drei vier fünf.", 16, ["Eins zwei, ", "drei vier fünf."]),
        ("Eins zwei drei", 10, ["Eins zwei ", "drei"]),
        ("Donaudampfschiff", 10, ["Donaudampf", "schiff"]),
        ("aaaaaaaaae\u0301bb", 10, ["aaaaaaaaa", "e\u0301bb"]),
        ("aaaaaaaa👩\u200d👩bb", 10, ["aaaaaaaa", "👩\u200d👩bb"]),
    ],
)
def test_where_a_text_is_cut(text, width, pieces):
    assert split(text, lambda start: min(start + width, len(text))) == pieces


@pytest.mark.parametrize(
    "expected",
    [
        ["Der Rat tagt heute. ", "Die Arbeiten beginnen im Frühjahr. ", "Wer zahlt, ist offen."],
        ["Oh. Das war alles, was er sagte. ", "Er kam. ", "Sie ging. Niemand wusste davon."],  # with a longer one
        ["Niemand wusste davon. ", "Niemand fragte danach. ", "Warum?"],
        ["Oh. ", "Oh. ", "Oh."],
        ["Oh."],
        ["今日は晴れです。", "明日は雨。", "「本当？」はい、そうです。"],
        ["* * *. Das war alles. ", "Das war alles. ", "* * *"],
        [],
    ],
)
def test_what_is_spoken_by_itself(expected):
    assert groups("".join(expected)) == expected


@given(st.text(st.sampled_from('aZ 1.!?…。,;"“)é字\n'), max_size=300))
def test_groups_lose_nothing(text):
    assert "".join(groups(text)) == text
    assert all(groups(text))
