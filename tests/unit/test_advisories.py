"""make audit: what the locks may not fall behind is known without a network, and no network is no failure."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from local.cloud.testing import ROOT


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("advisories", ROOT / "requirements" / "advisories.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


advisories = load()


def test_no_lock_is_below_a_floor():
    assert advisories.below_floors(advisories.locks()) == []


def test_every_lock_is_read():
    """A lock that is not found is not checked: each list has one, and Pillow is in every one that ships it."""
    lists = {path.with_suffix(".txt") for path in [*ROOT.glob("layers/**/*.in"), *ROOT.glob("requirements/*.in")]}
    assert set(advisories.locks()) == lists
    with_pillow = {path.relative_to(ROOT).parts[:2] for path in lists if "pillow" in dict(advisories.pins(path))}
    assert {("layers", "imaging"), ("layers", "documents"), ("requirements", "dev.txt")} <= with_pillow


@pytest.mark.parametrize(
    ("version", "is_below"), [("12.2.0", True), ("13.0", False), ("13.0.0", False), ("14.1", False)]
)
def test_a_lock_below_a_floor_is_told(tmp_path: Path, version: str, is_below: bool):
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"other==1.0 \\\n    --hash=sha256:00\nPillow=={version} ; python_full_version < '3.12' \\\n")
    told = advisories.below_floors([lock])
    assert bool(told) is is_below
    assert not told or "GHSA-8g5g-8vmr-9782" in told[0]


def answers(*documents: object):
    """A pip-audit that writes one answer after the other, and nothing for None; it keeps what it was asked."""
    left, questions = list(documents), []

    def run(options: list[str]) -> None:
        questions.append(Path(options[options.index("--requirement") + 1]).read_text())
        document = left.pop(0)
        if document is not None:
            Path(options[options.index("--output") + 1]).write_text(json.dumps(document))

    return run, questions


def test_two_versions_of_a_package_are_both_asked_about(tmp_path: Path):
    for number in (1, 2):
        (tmp_path / f"{number}.txt").write_text(f"same==1.0\nother=={number}.0\n")
    finding = {"name": "other", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.0"]}]}
    run, questions = answers({"dependencies": []}, {"dependencies": [finding]})
    assert advisories.asked(sorted(tmp_path.glob("*.txt")), run) == ["other 1.0: PYSEC-1, mended in 2.0."]
    assert sorted("".join(questions).split()) == ["other==1.0", "other==2.0", "same==1.0"]


@pytest.mark.parametrize(("answer", "below", "status"), [(None, [], 0), (None, ["x"], 1), ([], [], 0), (["y"], [], 1)])
def test_without_a_network_only_the_floors_decide(monkeypatch, capsys, answer, below, status):
    monkeypatch.setattr(advisories, "asked", lambda *_: answer)
    monkeypatch.setattr(advisories, "below_floors", lambda *_: below)
    assert advisories.main() == status
    assert ("could not be asked" in capsys.readouterr().out) is (answer is None)
