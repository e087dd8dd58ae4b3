"""A batch's request, its list of documents, and the sum of what became of them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.batch import batch_requests, document_list, manifests, outcomes
from documents.batch.batch_requests import Request
from documents.batch.document_list import Listed
from documents.batch.outcomes import Row, Tally
from documents.errors import InvalidBatch

KEYS = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=30)


class TestRequest:
    @pytest.mark.parametrize(
        ("event", "found"),
        [
            ({"prefix": ""}, Request(prefix="")),
            ({"prefix": "a b/ü", "skip_done": True}, Request(prefix="a b/ü", skip_done=True)),
            ({"manifest": "s3://bucket/a b/+ü.csv"}, Request(manifest=("bucket", "a b/+ü.csv"))),
            ({"manifest": "s3://b.c-d/k", "again": "2026"}, Request(manifest=("b.c-d", "k"), again="2026")),
        ],
        ids=str,
    )
    def test_what_makes_sense(self, event: dict[str, Any], found: Request) -> None:
        assert batch_requests.read(event) == found

    @pytest.mark.parametrize(
        "event",
        [
            {},
            [],
            None,
            {"prefix": "a", "manifest": "s3://bucket/k"},
            {"prefix": 1},
            {"prefix": "a", "skipdone": True},
            {"prefix": "a", "skip_done": "yes"},
            {"prefix": "a", "again": 1},
            {"manifest": "bucket/key"},
            {"manifest": "s3://bucket"},
            {"manifest": "s3://bucket/"},
            {"manifest": {"bucket": "b"}},
        ],
        ids=str,
    )
    def test_what_does_not(self, event: Any) -> None:
        with pytest.raises(InvalidBatch, match="Start the machine with"):
            batch_requests.read(event)


def keys_of(folder: Path, body: bytes) -> list[str]:
    path = folder / "manifest"
    path.write_bytes(body)
    return list(manifests.keys_of(path))


class TestManifest:
    @pytest.mark.parametrize(
        ("body", "found"),
        [
            (b'{"key": "a"}\n\n{"key": "b", "error": "X"}', ["a", "b"]),
            (b'"a"\r\n"b"\r\n', ["a", "b"]),
            ('\ufeff{"key": "\u2028ü"}\n'.encode(), ["\u2028ü"]),
            (b"key\na\nb\n", ["a", "b"]),
            (b'size,key\n1,"a, b"\n\n2,"c\nd"\n', ["a, b", "c\nd"]),
            ("\ufeffkey,x\r\nü,1\r\n".encode(), ["ü"]),
            (b"key\n", []),
        ],
        ids=["json", "texts", "bom", "csv", "quoted", "csv-bom", "none"],
    )
    def test_both_forms(self, tmp_path: Path, body: bytes, found: list[str]) -> None:
        assert keys_of(tmp_path, body) == found

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "neither"),
            (b"name\na\n", "neither"),
            (b"[1]", "neither"),
            (b'{"key": "a"}\n{', "Line 2"),
            (b'{"key": "a"}\n{"key": 1}', "Line 2"),
            (b'{"key": "a"}\n{"kye": "b"}', "Line 2"),
            (b'{"key": ""}', "Line 1"),
            (b"x,key\n1,a\n2\n", "Line 3"),
            (b'key\n"a', "CSV"),
            (b"key\n\xff\n", "UTF-8"),
            (b'{"key": "' + b"x" * 1025 + b'"}', "1024 bytes"),
        ],
        ids=["empty", "no-key", "array", "json", "number", "misspelt", "no-text", "short", "quote", "latin", "long"],
    )
    def test_a_line_that_names_no_document_is_named(self, tmp_path: Path, body: bytes, said: str) -> None:
        with pytest.raises(InvalidBatch, match=said):
            keys_of(tmp_path, body)

    @given(st.lists(KEYS, max_size=20))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_key_comes_back_from_a_list_and_from_csv(self, tmp_path: Path, keys: list[str]) -> None:
        path = tmp_path / "list"
        path.write_bytes(b"".join(document_list.line({"key": key}) for key in keys))
        assert list(manifests.of_json_lines(path)) == keys
        out = io.StringIO(newline="")
        csv.writer(out).writerows([["key"], *([key] for key in keys)])
        if "\x00" not in out.getvalue() and "\r" not in "".join(keys):
            assert keys_of(tmp_path, out.getvalue().encode()) == keys


class TestListed:
    def test_markers_packets_and_repetitions_are_left_out_and_counted(self) -> None:
        listed = Listed()
        found = ["a", "folder/", "folder/packet.json", "packet.json", "a", "my-packet.json", "b", "a.access.json"]
        assert list(listed.documents_of(found)) == ["a", "my-packet.json", "b"]
        assert (listed.documents, listed.not_documents, listed.repeated) == (3, 4, 1)

    def test_there_is_an_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(document_list, "MOST_DOCUMENTS", 2)
        with pytest.raises(InvalidBatch, match="at most 2"):
            list(Listed().documents_of(["a", "b", "b", "c"]))


OUTCOMES = ["summarized", "duplicate", "superseded", "ignored", "rejected", "failed"]


class TestTally:
    def rows(self, tally: Tally, rows: list[Row], listed: list[str]) -> list[Row]:
        tally.expect(listed)
        return list(tally.failures(rows, listed))

    @given(st.lists(st.tuples(KEYS, st.sampled_from(OUTCOMES)), unique_by=lambda pair: pair[0]), st.integers(0, 9))
    def test_the_sum_is_whole_for_any_outcomes(self, pairs: list[tuple[str, str]], skipped: int) -> None:
        tally = Tally(skipped=skipped)
        listed = [key for key, _ in pairs]
        failures = self.rows(tally, [Row(*pair) for pair in reversed(pairs)], listed)
        total = len(pairs) + skipped
        assert tally.is_whole(total)
        counts = tally.report(total)
        assert sum(number for name, number in counts.items() if name != "total") == total
        assert {row.key for row in failures} == {key for key, outcome in pairs if outcome in ("rejected", "failed")}

    def test_a_document_without_an_outcome_is_listed_and_the_sum_is_not_whole(self) -> None:
        tally = Tally()
        failures = self.rows(tally, [Row("a", "summarized")], ["a", "b"])
        assert failures == [Row("b", "missing", "NoResult")]
        assert not tally.is_whole(2)
        assert tally.report(2) == tally.report(2) | {"total": 2, "summarized": 1, "missing": 1}

    @pytest.mark.parametrize("rows", [["a", "a"], ["a", "stranger"]])
    def test_more_outcomes_than_documents_are_no_whole_sum(self, rows: list[str]) -> None:
        tally = Tally()
        assert self.rows(tally, [Row(key, "summarized") for key in rows], ["a"]) == []
        assert (tally.surplus, tally.is_whole(1)) == (1, False)

    def test_an_outcome_that_nobody_knows_is_a_failure(self) -> None:
        assert outcomes.of_output({"key": "a", "outcome": "great"}) == Row("a", "failed", "UnknownOutcome")

    @pytest.mark.parametrize(
        ("status", "error", "name"),
        [("FAILED", "States.Runtime", "States.Runtime"), ("ABORTED", None, "States.Aborted")],
    )
    def test_a_child_that_died_is_a_failure(self, status: str, error: str | None, name: str) -> None:
        child = {"Input": json.dumps({"key": "ü"}), "Status": status, "Error": error, "ExecutionArn": "arn"}
        assert outcomes.of_execution(child) == Row("ü", "failed", name, "arn")

    def test_a_failure_is_a_line_of_a_manifest(self, tmp_path: Path) -> None:
        row = Row("a b", "failed", "Broken", "arn")
        assert keys_of(tmp_path, document_list.line(row.failure())) == ["a b"]
