from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.doors import responses
from images.doors.responses import PART_BYTES, Answer, Conditions
from images.errors import InvalidParameter, InvalidPartNumber, InvalidRange, PreconditionFailed
from images.model import Original
from tests.unit.images.builders import profile


def original(etag: str = '"one"') -> Original:
    return Original(etag, "Fri, 20 Nov 2026 10:00:00 GMT", lambda: b"", lambda: None)


TAG = responses.entity_tag(original(), profile(), "13.0.0")
WHOLE = Answer(200, {"ETag": TAG, "Content-Length": "10"}, b"0123456789")


def test_the_tag_follows_what_the_result_follows():
    assert re.fullmatch(r'"[0-9a-f]{32}"', TAG)
    others = [
        responses.entity_tag(original('"two"'), profile(), "13.0.0"),
        responses.entity_tag(original(), profile(), "13.0.1"),
        *(
            responses.entity_tag(original(), profile(**change), "13.0.0")
            for change in ({"width": 65}, {"fit": "cover"}, {"mode": "rgb"}, {"format": "png"}, {"quality": 94})
        ),
    ]
    assert len({TAG, *others}) == len(others) + 1


def test_the_tag_does_not_follow_what_changes_no_byte():
    other = replace(profile(), name="alias", overrides=frozenset({"w"}), cache_seconds=1)
    assert responses.entity_tag(original(), other, "13.0.0") == TAG


@pytest.mark.parametrize("header", [TAG, f"W/{TAG}", f'"x", {TAG}', "*", f'W/"y",{TAG} '])
def test_what_the_caller_has_is_not_sent_again(header):
    found = responses.preliminary(Conditions(if_none_match=header), TAG, original(), profile())
    assert found is not None
    assert (found.status, found.body) == (304, b"")
    assert found.headers["ETag"] == TAG
    assert found.headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize("header", ['"x"', "", "garbage", TAG[1:-1]])
def test_what_the_caller_has_not_is_made(header):
    assert responses.preliminary(Conditions(if_none_match=header), TAG, original(), profile()) is None


def test_another_version_than_the_one_wanted():
    with pytest.raises(PreconditionFailed):
        responses.preliminary(Conditions(if_match='"x"'), TAG, original(), profile())
    for header in (TAG, "*"):
        assert responses.preliminary(Conditions(if_match=header), TAG, original(), profile()) is None


def test_if_match_is_looked_at_first():
    with pytest.raises(PreconditionFailed):
        responses.preliminary(Conditions(if_match='"x"', if_none_match=TAG), TAG, original(), profile())


BEFORE, SAME, AFTER = (f"Fri, 20 Nov 2026 {time} GMT" for time in ("09:59:59", "10:00:00", "10:00:01"))
NO_DATE = ("", "yesterday", "0", "Fri, 99 Nov 2026 10:00:00 GMT", "\u0661", "Fri, 20 Nov 99999 10:00:00 GMT")


def answered(**conditions: str) -> int:
    try:
        found = responses.preliminary(Conditions(**conditions), TAG, original(), profile())
    except PreconditionFailed as error:
        return error.status
    return 200 if found is None else found.status


@pytest.mark.parametrize(("date", "status"), [(BEFORE, 200), (SAME, 304), (AFTER, 304)])
def test_modified_since(date, status):
    assert answered(if_modified_since=date) == status


@pytest.mark.parametrize(("date", "status"), [(BEFORE, 412), (SAME, 200), (AFTER, 200)])
def test_unmodified_since(date, status):
    assert answered(if_unmodified_since=date) == status


@pytest.mark.parametrize("date", ["Friday, 20-Nov-26 10:00:00 GMT", "Fri Nov 20 10:00:00 2026"])
def test_the_older_forms_of_a_date(date):
    assert answered(if_modified_since=date) == 304


@pytest.mark.parametrize("date", NO_DATE)
def test_what_is_no_date_is_ignored(date):
    assert answered(if_modified_since=date) == answered(if_unmodified_since=date) == 200


@pytest.mark.parametrize("match", [TAG, '"x"', None])
@pytest.mark.parametrize("none_match", [TAG, '"x"', None])
@pytest.mark.parametrize("modified", [BEFORE, AFTER, None])
@pytest.mark.parametrize("unmodified", [BEFORE, AFTER, None])
def test_the_order_of_conditions(match, none_match, modified, unmodified):
    """RFC 9110, 13.2.2, and S3's GetObject: a tag decides and the date beside it is not looked at."""
    named = {"if_match": match, "if_none_match": none_match}
    dated = {"if_modified_since": modified, "if_unmodified_since": unmodified}
    found = answered(**{name: text for name, text in {**named, **dated}.items() if text is not None})
    if match == '"x"' or (match is None and unmodified == BEFORE):
        assert found == 412
    elif none_match == TAG or (none_match is None and modified == AFTER):
        assert found == 304
    else:
        assert found == 200


@given(st.text(max_size=40))
def test_any_date_header(text):
    assert answered(if_modified_since=text) in {200, 304}
    assert answered(if_unmodified_since=text) in {200, 412}


@pytest.mark.parametrize(
    ("header", "body", "place"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-500", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("Bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-500", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_range(header, body, place):
    found = responses.partial(WHOLE, Conditions(range=header))
    assert (found.status, found.body) == (206, body)
    assert found.headers["Content-Range"] == place
    assert found.headers["Content-Length"] == str(len(body))
    assert found.headers["Accept-Ranges"] == "bytes"
    assert found.headers["ETag"] == TAG


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_a_range_behind_the_end(header):
    with pytest.raises(InvalidRange, match="10 bytes") as caught:
        responses.partial(WHOLE, Conditions(range=header))
    assert caught.value.size == 10


NUMBERLESS = ["bytes=1-2,4-5", "bytes=4-2", "bytes=-", "lines=1-2", "bytes", "", "bytes=a-b", "bytes=\u0663-"]
TOO_LONG = [f"bytes=0-{'9' * 5000}", f"bytes={'9' * 5000}-", f"bytes=-{'9' * 5000}"]


@pytest.mark.parametrize("header", [*NUMBERLESS, *TOO_LONG], ids=lambda header: header[:20])
def test_a_range_that_means_nothing_here_is_ignored(header):
    found = responses.partial(WHOLE, Conditions(range=header))
    assert (found.status, found.body) == (200, WHOLE.body)
    assert found.headers["Accept-Ranges"] == "bytes"


def test_a_range_of_another_version_gives_the_whole():
    assert responses.partial(WHOLE, Conditions(range="bytes=1-2", if_range='"x"')).status == 200
    assert responses.partial(WHOLE, Conditions(range="bytes=1-2", if_range=TAG)).status == 206


def test_parts():
    large = replace(WHOLE, body=bytes(PART_BYTES + 1))
    first, second = (responses.partial(large, Conditions(part=part)) for part in ("1", "2"))
    assert (first.status, len(first.body), first.parts) == (206, PART_BYTES, 2)
    assert (second.status, len(second.body), second.parts) == (206, 1, 2)
    assert second.headers["Content-Range"] == f"bytes {PART_BYTES}-{PART_BYTES}/{PART_BYTES + 1}"
    with pytest.raises(InvalidPartNumber, match=r"2 part\(s\)"):
        responses.partial(large, Conditions(part="3"))


@pytest.mark.parametrize("part", ["0", "-1", "10001", "x", "", "\u0661"])
def test_a_part_that_is_no_number(part):
    with pytest.raises(InvalidParameter):
        responses.partial(WHOLE, Conditions(part=part))


def test_a_part_of_a_range():
    with pytest.raises(InvalidParameter, match="not for both"):
        responses.partial(WHOLE, Conditions(part="1", range="bytes=0-1"))


@given(st.text(max_size=40) | st.from_regex(r"bytes=\d{0,40}-\d{0,40}"))
def test_any_range_header(header):
    try:
        found = responses.partial(WHOLE, Conditions(range=header))
    except InvalidRange:
        return
    assert found.body in WHOLE.body
    assert int(found.headers["Content-Length"]) == len(found.body) > 0


def test_headers_in_any_spelling():
    sent = {"If-None-Match": "a", "IF-MATCH": "b", "range": "c", "If-range": "d"}
    dates = {"if-modified-since": "e", "If-Unmodified-SINCE": "f"}
    found = Conditions.of({**sent, **dates}, "3", "ignored")
    assert found == Conditions("b", "a", "d", "c", "3", "e", "f")
    assert Conditions.of({}, None, "bytes=0-1").range == "bytes=0-1"
