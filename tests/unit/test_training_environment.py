"""The environment of training programs: the lock is AWS's image's release, and the stand-in makes it once."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from local.cloud.testing import ROOT
from local.services.sagemaker.training import environment
from requirements.advisories import pins

LOCK = ROOT / "requirements" / "training.txt"


def test_the_lock_has_the_release_of_awss_image_with_hashes() -> None:
    assert ("scikit-learn", "1.9.0") in pins(LOCK)
    entries = re.split(r"^(?=[a-z])", LOCK.read_text(), flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


def test_nothing_that_is_deployed_or_tested_has_it() -> None:
    locks = [*ROOT.glob("layers/**/requirements.txt"), ROOT / "requirements" / "dev.txt"]
    assert [lock for lock in locks if "scikit-learn" in dict(pins(lock))] == []


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with a lock of one package, and an installer that only leaves its traces."""
    lock = tmp_path / "training.txt"
    lock.write_text("small-thing==1.2 \\\n    --hash=sha256:00\n")
    monkeypatch.delenv(environment.SETTING, raising=False)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "LOCK_FILE", lock)
    monkeypatch.setattr(environment, "FOLDER", tmp_path / ".venv-training")
    return tmp_path


def _installed(place: Path, version: str = "1.2") -> None:
    packages = place / ".venv-training" / "lib" / "python3.12" / "site-packages"
    (packages / f"small_thing-{version}.dist-info").mkdir(parents=True, exist_ok=True)
    (place / ".venv-training" / "bin").mkdir(exist_ok=True)
    (place / ".venv-training" / "bin" / "python").touch()


def test_it_is_made_once_by_however_many_need_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, said = list[str](), list[str]()

    def run(module: str, *arguments: Any, python: Path | None = None) -> None:
        runs.append(module)
        if module == "pip":
            _installed(place)

    monkeypatch.setattr(environment, "_run", run)
    needing = [threading.Thread(target=environment.python, args=(said.append,)) for _ in range(4)]
    for one in needing:
        one.start()
    for one in needing:
        one.join()
    assert runs == ["venv", "pip"]
    assert said == ["making .venv-training for training jobs, once: a minute or two"]
    assert environment.python(said.append) == place / ".venv-training" / "bin" / "python"


def test_one_of_another_lock_is_made_anew(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(place, "1.1")
    runs = list[str]()
    monkeypatch.setattr(environment, "_run", lambda module, *_, **__: (runs.append(module), _installed(place)))
    environment.python(lambda _: None)
    assert runs == ["venv", "pip"]


def test_where_it_cannot_be_made_that_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Done:
        returncode, stdout, stderr = 1, "", "warning\nERROR: No matching distribution found for small-thing"

    monkeypatch.setattr(environment.subprocess, "run", lambda *_, **__: Done)
    with pytest.raises(environment.EnvironmentMissing, match=r"No matching distribution.*make \.venv-training/\.ready"):
        environment.python(lambda _: None)


def test_a_link_is_left_alone(place: Path) -> None:
    (place / "elsewhere").mkdir()
    (place / ".venv-training").symlink_to(place / "elsewhere")
    with pytest.raises(environment.EnvironmentMissing, match="is a link"):
        environment.python(lambda _: None)


def test_another_python_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.SETTING, "/opt/python")
    assert environment.python(lambda _: None) == Path("/opt/python")
