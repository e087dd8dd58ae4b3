"""Words and patterns that are hidden by a list."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.objects import Bucket
from documents import keys
from documents.errors import RedactionListInvalid
from documents.meaning import redaction_list
from tests.unit.documents.pipeline_aws import SUMMARIES


def wanted(*words, **patterns):
    listed = [{"name": name, "pattern": pattern} for name, pattern in patterns.items()]
    return redaction_list.read(json.dumps({"words": words, "patterns": listed}).encode())


def hidden(lines, listed):
    """The texts that are hidden, in order."""
    found = sorted({(each.line, each.start, each.end) for each in redaction_list.secrets(lines, listed)})
    return [lines[line][start:end] for line, start, end in found]


WIDE = " ".join("".join(chr(ord(letter) + 0xFEE0) for letter in word) for word in ("PROJECT", "Falcon"))
"""In the wide forms that East Asian texts have."""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("About Project Falcon.", ["Project Falcon"]),
        ("PROJECT   falcon", ["PROJECT   falcon"]),
        (WIDE, [WIDE]),
        ("Projéct Falcon, Project\u00a0Falcon", ["Projéct Falcon", "Project\u00a0Falcon"]),
        ("Project Falcons, MyProject Falcon", []),
        ("Project-Falcon", []),
        ("", []),
    ],
)
def test_words_are_found_whole_in_any_letters(line, found):
    assert hidden([line], wanted("project falcon")) == found


def test_a_word_over_the_end_of_a_line_is_found_in_both():
    lines = ["It is about Project ", " Falcon, and", "Project", "", "Falcon"]
    assert hidden(lines, wanted("Project Falcon")) == ["Project ", "Falcon", "Project", "Falcon"]


@pytest.mark.parametrize(
    ("word", "lines", "found"),
    [
        (
            "Project Falcon",
            ["Project Fal\u00adcon", "Pro\u200bject Falcon"],
            ["Project Fal\u00adcon", "Pro\u200bject Falcon"],
        ),
        ("Project Falcon", ["On Project Fal-", "con, and Fal-", "cons"], ["Project Fal", "con"]),
        ("Falcon", ["Fal\u00ad", "con"], ["Fal", "con"]),
        ("O'Brien", ["Mr. O\u2019Brien"], ["O\u2019Brien"]),
        ("A-4711", ["A\u20134711, A\u20114711, A\u22124711"], ["A\u20134711", "A\u20114711", "A\u22124711"]),
        ("A-4711", ["A-", "4711"], ["A-", "4711"]),
        ("\u00d8stby", ["Ostby"], ["Ostby"]),
        ("Lodz", ["\u0141\u00f3d\u017a"], ["\u0141\u00f3d\u017a"]),
        (
            "\u7530\u4e2d",
            ["\u62c5\u5f53\u306f\u7530\u4e2d\u592a\u90ce", "\u7530", "\u4e2d"],
            ["\u7530\u4e2d", "\u7530", "\u4e2d"],
        ),
        ("\uae40\ucca0\uc218", ["\uae40\ucca0\uc218\ub294"], ["\uae40\ucca0\uc218"]),
        (
            "\u0e2a\u0e21\u0e0a\u0e32\u0e22",
            ["\u0e04\u0e38\u0e13\u0e2a\u0e21\u0e0a\u0e32\u0e22\u0e04\u0e23\u0e31\u0e1a"],
            ["\u0e2a\u0e21\u0e0a\u0e32\u0e22"],
        ),
        ("4711", ["\u756a\u53f74711\u3067\u3059, 47110"], ["4711"]),
    ],
)
def test_a_word_that_a_reader_sees_is_found_however_it_is_typed(word, lines, found):
    assert hidden(lines, wanted(word)) == found


def test_words_that_overlap_are_all_hidden():
    found = redaction_list.secrets(["a b a b a"], wanted("a b a"))
    assert [(each.start, each.end) for each in found] == [(0, 5), (4, 9)]
    assert {each.type for each in found} == {"LISTED"}


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        ("[A-Z]{2}-[0-9]{6,8}", "Case AB-1234567 and XY-000000.", ["AB-1234567", "XY-000000"]),
        ("[0-9]{6,10}", "1234567890", ["1234567890"]),
        ("[A-Z]{2}[0-9]+", "AB123", ["AB123"]),
        ("a|ab", "xab", ["ab"]),
        ("(?i)secret", "SECRET", ["SECRET"]),
        ("[0-9]+", "no number", []),
        ("A.*B", "A" + "x" * 400 + "B and 1", ["A" + "x" * 400 + "B and 1"]),
        ("[0-9]", "1 " * 600, ["1 " * 600]),
    ],
)
def test_a_pattern_hides_its_longest_find(pattern, line, found):
    assert hidden([line], wanted(P=pattern)) == found


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)+b", "(.*)*(.*)*=", "(?:a?){50}a{50}"])
def test_no_pattern_runs_away(pattern):
    """Each of these takes a backtracking engine longer than the universe has lasted."""
    assert "".join(hidden(["a" * 5_000 + "!"], wanted(P=pattern))) in ("", "a" * 5_000)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "no JSON"),
        (b"[]", "and nothing else"),
        (b'{"word": []}', "and nothing else"),
        (b'{"words": "x"}', "lists"),
        (b'{"words": [" "]}', "empty"),
        (b'{"words": [7]}', "no text"),
        (b'{"patterns": ["x"]}', "name in capital letters"),
        (b'{"patterns": [{"name": "case", "pattern": "x"}]}', "name in capital letters"),
        (b'{"patterns": [{"name": "P", "pattern": ""}]}', "1 to 200"),
        (b'{"patterns": [{"name": "P", "pattern": "("}]}', "cannot be used"),
        (rb'{"patterns": [{"name": "P", "pattern": "(a)\\1"}]}', "cannot be used"),
        (b'{"patterns": [{"name": "P", "pattern": "(?=a)"}]}', "cannot be used"),
        (b'{"patterns": [{"name": "P", "pattern": "((\\\\w{1,500}){1,500}){1,500}"}]}', "cannot be used"),
        (b'{"patterns": [{"name": "P", "pattern": "a*"}]}', "finds nothing everywhere"),
        (json.dumps({"words": ["w"] * 5_001}).encode(), "5,000 words"),
    ],
)
def test_a_list_that_cannot_be_used_says_what_to_change(body, says):
    with pytest.raises(RedactionListInvalid, match=says):
        redaction_list.read(body)


def test_without_a_list_nothing_is_hidden_and_a_new_one_has_another_tag(account):
    bucket = Bucket(SUMMARIES)
    assert redaction_list.of(bucket) == redaction_list.RedactionList()
    tags = set()
    for word in ("one", "two"):
        account.s3.put_object(Bucket=SUMMARIES, Key=keys.REDACTION_LIST, Body=json.dumps({"words": [word]}))
        found = redaction_list.of(bucket)
        assert found.words == (word,)
        tags.add(found.tag)
    assert len(tags) == 2
    account.s3.put_object(Bucket=SUMMARIES, Key=keys.REDACTION_LIST, Body=b" " * 300_000)
    with pytest.raises(RedactionListInvalid, match="bytes"):
        redaction_list.of(bucket)


@given(st.lists(st.text(max_size=20), max_size=5), st.text(min_size=1, max_size=5))
def test_places_are_within_their_lines(lines, word):
    try:
        listed = wanted(word)
    except RedactionListInvalid:
        return
    for found in redaction_list.secrets(lines, listed):
        assert 0 <= found.start < found.end <= len(lines[found.line])


@pytest.mark.parametrize(
    "case",
    ["CASE-1234", "CASE\u00ad-1234", "CA\u200bSE-12\u206034", "CASE\u20131234", "CASE\u20111234", "CASE\u22121234",
     "CASE\uff0d\uff11\uff12\uff13\uff14", "CASE-1\u00ad234", "CASE-\u0661\u0662\u0663\u0664"],
)  # fmt: skip
def test_a_pattern_finds_what_a_reader_sees(case):
    wanted = redaction_list.read(json.dumps({"patterns": [{"name": "CASE", "pattern": "CASE-[0-9]{4}"}]}).encode())
    line = f"see {case} today"
    [found] = redaction_list.secrets([line], wanted)
    assert (found.type, line[found.start : found.end]) == ("CASE", case)


def test_a_pattern_with_a_dash_of_its_own_finds_that_too():
    wanted = redaction_list.read(json.dumps({"patterns": [{"name": "CASE", "pattern": "A\u20131"}]}).encode())
    [found] = redaction_list.secrets(["see A\u20131"], wanted)
    assert (found.start, found.end) == (4, 7)
