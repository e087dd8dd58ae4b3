"""What one step leaves for the next."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from documents import steps
from documents.errors import WorkGone
from documents.model import SCHEMA
from tests.unit.documents.pipeline_builders import enrichment, extraction, keep_steps, summary

WORK = "w" * 40


def test_steps_come_back_as_they_were(account):
    keep_steps(WORK, tables=2)
    assert steps.extraction(WORK) == extraction(2)
    assert steps.enrichment(WORK) == enrichment()
    assert steps.summary(WORK) == summary()


def test_a_step_that_is_gone_or_of_other_code_has_a_name(account):
    with pytest.raises(WorkGone, match="redrive"):
        steps.extraction(WORK)
    steps.keep(WORK, "extraction", {"schema": 1, "pages": 1})
    with pytest.raises(WorkGone, match="another version"):
        steps.extraction(WORK)
    steps.keep(WORK, "extraction", {**extraction().to_json(), "schema": SCHEMA + 1})
    with pytest.raises(WorkGone, match="another version"):
        steps.extraction(WORK)
    steps.keep(WORK, "summary", {**summary().to_json(), "new": 1, "model": {"new": 1}})
    with pytest.raises(WorkGone):
        steps.summary(WORK)


def test_a_result_is_made_once_of_the_same_and_again_of_something_else(account):
    made = []

    def make():
        made.append(None)
        return summary(f"Summary {len(made)}.")

    assert steps.keep_once(WORK, "summary", "one", make) == summary("Summary 1.")
    assert steps.keep_once(WORK, "summary", "one", make) is None
    assert steps.summary(WORK) == summary("Summary 1.")
    assert steps.keep_once(WORK, "summary", "two", make) == summary("Summary 2.")
    assert steps.summary(WORK) == summary("Summary 2.")


def test_of_two_runs_of_a_step_the_first_one_stays(account):
    def late():
        steps.keep(WORK, "summary", summary("The other run's.").to_json())
        return summary()

    assert steps.keep_once(WORK, "summary", "one", late) is None
    assert steps.summary(WORK) == summary("The other run's.")


def test_settings_code_schema_and_earlier_steps_make_another_result(account, monkeypatch):
    steps.keep(WORK, "extraction", extraction().to_json())
    marks = {steps.made_of({"a": 1}, "code", WORK, "extraction") for _ in range(2)}
    assert len(marks) == 1
    marks.add(steps.made_of({"a": 2}, "code", WORK, "extraction"))
    marks.add(steps.made_of({"a": 1}, "other code", WORK, "extraction"))
    steps.keep(WORK, "extraction", extraction(1).to_json())
    marks.add(steps.made_of({"a": 1}, "code", WORK, "extraction"))
    monkeypatch.setattr(steps, "SCHEMA", SCHEMA + 1)
    marks.add(steps.made_of({"a": 1}, "code", WORK, "extraction"))
    assert len(marks) == 5


def test_a_changed_rule_or_table_is_other_code(tmp_path, monkeypatch):
    """Enrich, Summarize and the model's kept answers are named by it, so no number has to be raised by hand."""
    pipeline = tmp_path / "documents"
    shutil.copytree(Path(steps.__file__).parent, pipeline, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(steps, "__file__", str(pipeline / "steps.py"))
    read = steps.code.__wrapped__
    before = {room: read(room) for room in ("meaning", "summary", "summary/providers")}
    for room, file in (
        ("meaning", "vocabulary/types.toml"),
        ("meaning", "flags/missing_fields.py"),
        ("summary", "prompts.py"),
        ("summary/providers", "completions.py"),
    ):
        with (pipeline / room / file).open("a") as out:
            out.write("# another rule\n")
        after = read(room)
        assert after != before[room], file
        before[room] = after
    assert read("meaning") == before["meaning"]
