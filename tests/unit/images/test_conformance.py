"""docs/images-conformance.md has every file of the table and what the code decides for it today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import conformance
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.unit.images import conformance_cases

SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
CASES = conformance_cases.every()


def rows() -> dict[tuple[str, str], list[str]]:
    text = conformance.TABLE.read_text(encoding="utf-8")
    return {
        (group, cells[0]): cells[1:]
        for group, body in SECTION.findall(text)
        for line in body.splitlines()
        if line.startswith("| ") and not line.startswith("| file ")
        for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
    }


def test_every_file_has_its_row_and_no_other():
    assert sorted(rows()) == sorted((case.group, case.name) for case in CASES)


def test_none_died_and_none_is_another_picture():
    for (group, name), (_, result, distance, *_) in rows().items():
        assert result == "image" or re.fullmatch(r"4\d\d \w+", result), (group, name)
        assert bool(distance) == (result == "image")
        assert not distance or float(distance) <= conformance.MOST_DISTANCE, (group, name)


def test_refusals_without_a_decoder_are_told_by_the_plan():
    for (group, name), (plan, result, *_) in rows().items():
        if plan.startswith("4"):
            assert result == plan, (group, name)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.group}, {case.name}" for case in CASES])
def test_the_plan_of_a_row_is_the_plan_of_today(case, monkeypatch):
    """Of smaller files: the plan does not depend on the size."""
    monkeypatch.setattr(conformance_cases, "SIZE", (80, 60))
    conformance_cases.picture.cache_clear()
    assert conformance.decision(case.build()) == rows()[case.group, case.name][0]
    conformance_cases.picture.cache_clear()


def test_the_limit_is_that_of_the_functions():
    template = read_template(ROOT / "pipelines" / "images.yaml")
    assert template["Globals"]["Function"]["MemorySize"] == conformance.MEMORY_MB


def test_a_row_is_made_as_the_table_was(tmp_path: Path, monkeypatch):
    """One of each result, through the process with its limit."""
    monkeypatch.setattr(conformance_cases, "SIZE", (160, 120))
    conformance_cases.picture.cache_clear()
    chosen = {(case.group, case.name): case for case in CASES}
    for key in (("JPEG", "SOF0, baseline"), ("WebP", "lossy"), ("others", "HEIC"), ("PNG", "900 megapixels")):
        row = conformance._row(chosen[key], tmp_path)
        assert [row.decision, row.result] == rows()[key][:2]
        assert (row.distance is not None) == (row.result == "image")
        assert row.distance is None or row.distance <= conformance.MOST_DISTANCE
    conformance_cases.picture.cache_clear()
