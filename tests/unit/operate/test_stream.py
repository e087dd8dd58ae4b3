"""Playing a file into a stream: nothing is lost, nothing is sent twice, no request is larger than Firehose takes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from operate import stream

HEADER = b"a,b\n"


class Firehose:
    """Takes records, refusing the first of every batch ``refusals`` times."""

    def __init__(self, refusals: int = 0) -> None:
        self.taken: list[bytes] = []
        self.calls: list[int] = []
        self.refusals = refusals

    def put_record_batch(self, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: N803
        data = [record["Data"] for record in Records]
        assert 1 <= len(data) <= 500
        assert sum(map(len, data)) <= 4 * 1024 * 1024
        assert max(map(len, data)) <= 1000 * 1024
        self.calls.append(len(data))
        refuse = self.refusals > 0
        self.refusals -= 1
        self.taken += data[refuse:]
        answers = [{"ErrorCode": "ServiceUnavailableException"} if refuse and not n else {} for n in range(len(data))]
        return {"FailedPutCount": int(refuse), "RequestResponses": answers}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream.time, "sleep", lambda _seconds: None)


def file(folder: Path, content: bytes) -> Path:
    path = folder / "rows"
    path.write_bytes(content)
    return path


def play(firehose: Firehose, path: Path, rows: int = 500) -> tuple[stream.Sent, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    return stream.play(firehose, "s", path, rows, lambda done, count: told.append((done, count))), told


def lines(count: int, width: int = 10) -> list[bytes]:
    return [b"%d," % number + b"x" * width + b"\n" for number in range(count)]


def test_every_record_has_the_header_and_so_many_rows(tmp_path):
    rows = lines(1050)
    firehose = Firehose()
    path = file(tmp_path, HEADER + b"".join(rows))
    sent, told = play(firehose, path)
    assert [record.count(b"\n") - 1 for record in firehose.taken] == [500, 500, 50]
    assert all(record.startswith(HEADER) for record in firehose.taken)
    assert b"".join(record.removeprefix(HEADER) for record in firehose.taken) == b"".join(rows)
    assert (sent.rows, sent.records) == (1050, 3)
    assert told[-1] == (path.stat().st_size, 1050)


def test_json_lines_have_no_header(tmp_path):
    content = b'{"a": 1}\n{"a": 2}\n{"a": 3}'
    firehose = Firehose()
    sent, _ = play(firehose, file(tmp_path, content), rows=2)
    assert (firehose.taken, sent.rows) == ([b'{"a": 1}\n{"a": 2}\n', b'{"a": 3}'], 3)


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\n\r\n", b"\xef\xbb\xbf\n  \n"])
def test_what_stands_before_the_first_line_makes_no_difference(tmp_path, before):
    """Else the header would be in the first record alone, and the first object of JSON in each."""
    for content in (HEADER + b"1,2\n3,4\n", b'{"a": 1}\n{"a": 2}\n{"a": 3}\n'):
        plain, other = Firehose(), Firehose()
        play(plain, file(tmp_path, content), rows=1)
        sent, told = play(other, file(tmp_path, before + content), rows=1)
        assert other.taken == plain.taken
        assert sent.rows == content.count(b"\n") - (content.startswith(HEADER))
        assert told[-1][0] == len(before + content)


@pytest.mark.parametrize("again", [b"a,b,c\n", b"b,a,c\r\n", b'\xef\xbb\xbf"A", "C", d\n'])
def test_rows_of_joined_files_go_under_their_own_header(tmp_path, again):
    """Else a file whose columns stand in another order would be stored exchanged."""
    firehose, first = Firehose(), b"a,b,c\n"
    sent, told = play(firehose, file(tmp_path, first + b"1,2,c\n3,4,c\n5,6,c\n" + again + b"7,8,c\n9,0,c\n"), rows=2)
    head = again.removeprefix(b"\xef\xbb\xbf")
    assert firehose.taken == [first + b"1,2,c\n3,4,c\n", first + b"5,6,c\n", head + b"7,8,c\n9,0,c\n"]
    assert (sent.rows, told[-1]) == (5, ((tmp_path / "rows").stat().st_size, 5))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gzip.compress(HEADER, mtime=0), "gzip"),
        (b"PK\x03\x04\x14", "zip"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"a,b\r1,2\r3,4\r", "carriage returns"),
        (b"a,b\r1,2\r3,4", "carriage returns"),
    ],
)
def test_a_file_that_is_no_lines_of_text_is_refused_before_anything_is_sent(tmp_path, content, told):
    firehose = Firehose()
    with pytest.raises(stream.StreamError, match=told):
        play(firehose, file(tmp_path, content))
    assert firehose.taken == []


def test_wide_rows_make_smaller_records_and_many_records_more_requests(tmp_path):
    firehose = Firehose()
    sent, _ = play(firehose, file(tmp_path, HEADER + b"".join(lines(60, width=200_000))))
    assert sent.rows == 60
    assert len(firehose.calls) > 1


def test_more_than_500_records(tmp_path):
    firehose = Firehose()
    sent, _ = play(firehose, file(tmp_path, HEADER + b"".join(lines(1200))), rows=1)
    assert (sent.records, firehose.calls) == (1200, [500, 500, 200])


def test_only_what_was_refused_is_sent_again(tmp_path):
    firehose = Firehose(refusals=3)
    play(firehose, file(tmp_path, HEADER + b"".join(lines(4))), rows=1)
    assert sorted(firehose.taken) == sorted(HEADER + row for row in lines(4))
    assert firehose.calls == [4, 1, 1, 1]


def test_a_stream_that_refuses_for_ever(tmp_path):
    with pytest.raises(stream.StreamError, match="refused 1 record "):
        play(Firehose(refusals=99), file(tmp_path, HEADER + lines(1)[0]))


def test_a_line_that_no_record_takes(tmp_path):
    with pytest.raises(stream.StreamError, match="1,000 KiB"):
        play(Firehose(), file(tmp_path, HEADER + lines(1, width=1_100_000)[0]))


@pytest.mark.parametrize("content", [b"", HEADER, b"a,b"])
def test_nothing_to_send(tmp_path, content):
    firehose = Firehose()
    sent, _ = play(firehose, file(tmp_path, content))
    assert (sent.rows, firehose.taken) == (0, [])


def test_progress_reaches_the_end(tmp_path, capsys):
    show = stream.bar(file(tmp_path, b"x" * 100))
    for done in (10, 55, 100):
        show(done, done * 2)
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"[{'#' * 30}] 100 %  200 rows")
