"""The private names of MiniStack that the gap modules lean on are there, in the shape they were written
for.
"""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local import gaps
from local.cli import main
from local.gaps import _leanings, _seams

LEANINGS = sorted({(path, shape) for module in gaps.modules() for path, shape in module.LEANS_ON.items()})


def test_written_for_this_release() -> None:
    assert importlib.metadata.version("ministack") == "1.5.33", "read the changes, then update this line"


@pytest.mark.parametrize(("path", "shape"), LEANINGS, ids=[path for path, _ in LEANINGS])
def test_private_name_has_the_expected_shape(path: str, shape: str) -> None:
    assert _seams.shape(_seams.shipped(path)) == shape


def test_every_module_of_the_package_is_installed() -> None:
    folder = Path(gaps.__path__[0])
    paths = [path.relative_to(folder).with_suffix("") for path in folder.rglob("[a-z]*.py")]
    files = {".".join(path.parts) for path in paths if not any(part.startswith("_") for part in path.parts)}
    assert files == set(gaps.NAMES)


def test_every_module_says_what_aws_does_and_what_ministack_lacks() -> None:
    for module in gaps.modules():
        assert "AWS" in (module.__doc__ or "")
        assert "MiniStack:" in (module.__doc__ or ""), module.__name__


def test_a_moved_name_stops_the_start() -> None:
    with pytest.raises(_seams.SeamMovedError, match="is now"):
        _seams.check({"services.stepfunctions._start_execution": "(request)"})
    with pytest.raises(_seams.SeamMovedError, match="is gone"):
        _seams.check({"services.stepfunctions._no_such_name": "(data)"})
    with pytest.raises(_seams.SeamMovedError, match="LEANS_ON"):
        _seams.replace("services.stepfunctions._is_num", lambda present: present)


def test_installing_twice_changes_nothing() -> None:
    program = (
        "from local.gaps import install_all\n"
        "from ministack.services import stepfunctions as sfn\n"
        "install_all(); once = sfn._start_execution; install_all()\n"
        "assert once is sfn._start_execution\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_every_gap_stands_in_the_documentation() -> None:
    """docs/local-cloud.md names a module as ``s3/conditions``."""
    text = (Path(gaps.__path__[0]).parents[1] / "docs" / "local-cloud.md").read_text()
    assert [name for name in gaps.NAMES if f"`{name.replace('.', '/')}`" not in text] == []


def test_every_gap_says_when_it_can_go() -> None:
    """docs/ministack.md has one row for each module and none for another."""
    text = (Path(gaps.__path__[0]).parents[1] / "docs" / "ministack.md").read_text()
    rows = re.findall(r"^\| `([a-z0-9_/]+)` \| \S.* \|$", text, re.MULTILINE)
    assert sorted(rows) == sorted(name.replace(".", "/") for name in gaps.NAMES)


class TestLeanings:
    """What another version of MiniStack would cost."""

    def test_the_pinned_version_costs_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["leans"]) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[0] == f"MiniStack {importlib.metadata.version('ministack')}"
        assert said[-1].endswith(" 0 moved, 0 gone: 0 modules to look at")
        assert len(said) == len(gaps.NAMES) + len(_leanings.OTHERS) + 2

    def test_names_that_moved_or_went(self) -> None:
        leans_on = {
            "services.sqs._queue_by_arn": "(arn)",
            "services.sqs._dispatch": "(action)",
            "services.sqs._no_such_name": "dict",
            "services.no_such_service._queues": "dict",
        }
        bill = _leanings.bill("made.up", leans_on)
        assert (bill.kept, len(bill.moved), len(bill.gone), bill.due) == (1, 1, 2, True)
        text = "\n".join(_leanings.report([bill]))
        assert "moved: services.sqs._dispatch is now (action, data, qurl), was (action)" in text
        assert "gone: services.no_such_service._queues" in text
        assert text.endswith("1 leanings kept, 1 moved, 2 gone: 1 modules to look at")

    def test_a_module_that_cannot_be_imported(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(_leanings, "OTHERS", ("local.no_such_module",))
        assert main(["leans"]) == 1
        assert "local.no_such_module: cannot be imported" in capsys.readouterr().out
