"""Training jobs as script mode runs them: an archive unpacked, SM_* set, the entry point by scikit-learn's Python."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.training import builders
from training.model import Column
from training.programs import archive, plan
from training.programs.plan import Plan
from training.serving import walker
from training.serving.walker import Model

PYTHON = Path(__file__).parents[3] / ".venv-training" / "bin" / "python"
"""Where it is missing these tests fail: nothing else proves that a model answers as it was trained."""
TRIPS = (Column("duration", "number"), Column("station", "category"), Column("hour", "number"), Column("age", "number"))
LIKES = (Column("comment", "text"), Column("shop", "category"))

Rows = list[list[str]]


@dataclass(frozen=True)
class Done:
    """``failure``: what the job gives as its reason, empty where it ended well."""

    status: int
    log: str
    failure: str
    model: Path

    def document(self, name: str = "model.json") -> Any:
        return json.loads((self.model / name).read_text())

    def loaded(self) -> Model:
        return walker.load(self.document())

    def metrics(self) -> dict[str, float]:
        lines = [line.split()[1].split("=") for line in self.log.splitlines() if line.startswith("metric ")]
        return {name: float(value) for name, value in lines}


def trips(size: int, seed: int = 1) -> Rows:
    """A header and rows whose class follows from their cells, mostly; cells are missing; 400 stations or so."""
    chance = random.Random(seed)
    rows = [["duration", "station", "hour", "age", "user_type"]]
    for _ in range(size):
        station = str(int(chance.paretovariate(0.4)) % 400)
        hour, duration = chance.randrange(24), chance.expovariate(1 / 600)
        likely = 0.05 + 0.4 * (duration > 900) + 0.3 * (hour in (11, 12, 13)) + 0.2 * (station in ("1", "2"))
        age = "" if chance.random() < 0.2 else str(chance.randrange(18, 80))
        kind = "Customer" if chance.random() < likely else "Subscriber"
        rows.append([f"{duration:.1f}", station if chance.random() > 0.05 else "", str(hour), age, kind])
    return rows


_GOOD = ["great", "love", "excellent", "good", "wonderful", "perfect", "amazing", "happy", "recommend", "fast"]
_BAD = ["bad", "awful", "terrible", "broken", "hate", "slow", "refund", "poor", "disappointed", "never"]
_OTHER = [
    a + b for a in ("pro", "com", "re", "un", "in", "ser", "mar") for b in ("duct", "pany", "view", "box", "side")
]


def likes(size: int, seed: int = 1) -> Rows:
    """A header and comments, of which a few words tell the class, mostly, some with a slip of the pen."""
    chance = random.Random(seed)
    rows = [["comment", "shop", "liked"]]
    for _ in range(size):
        liked = chance.random() < 0.4
        words = [chance.choice(_OTHER) for _ in range(chance.randrange(5, 30))]
        for _ in range(chance.randrange(1, 4)):
            word = chance.choice(_GOOD if liked == (chance.random() < 0.85) else _BAD)
            if chance.random() < 0.5:
                place = chance.randrange(len(word))
                word = word[:place] + chance.choice("abcdefghijklmnopqrstuvwxyz") + word[place + chance.randrange(2) :]
            words.insert(chance.randrange(len(words)), word)
        rows.append([" ".join(words), chance.choice("abc"), "yes" if liked else "no"])
    return rows


def trips_plan(**changed: Any) -> Plan:
    plain = {"name": "trips", "version": builders.VERSION, "target": "user_type", "columns": TRIPS}
    return Plan(**(plain | changed))


def likes_plan(**changed: Any) -> Plan:
    plain = {"name": "likes", "version": builders.VERSION, "target": "liked", "columns": LIKES}
    return Plan(**(plain | {"positive": "yes", "negative": "no"} | changed))


def channel(folder: Path, rows: Sequence[Sequence[str]], name: str = "part-00000.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    (folder / name).write_text(out.getvalue(), newline="")
    return folder


def unpacked(folder: Path, kind: Any, own: bytes = b"", script: str = "train.py") -> Path:
    with tarfile.open(fileobj=io.BytesIO(archive.build(kind, own, script))) as tar:
        tar.extractall(folder / "code", filter="data")
    return folder / "code"


def run(
    folder: Path,
    kind: Any,
    told: Plan,
    channels: dict[str, Path],
    hyperparameters: dict[str, Any] | None = None,
    own: bytes = b"",
    code: Path | None = None,
) -> Done:
    """One job; ``code``: an archive that is unpacked already."""
    source = code or unpacked(folder, kind, own, told.entry_point or "train.py")
    decoded = {name: _toolkit(text) for name, text in plan.written(told, hyperparameters or {}).items()}
    environment = {
        "PATH": "/usr/bin:/bin",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "SM_HPS": json.dumps(decoded),
        "SM_CHANNELS": json.dumps(sorted(channels)),
        "SM_MODEL_DIR": str(folder / "model"),
        "SM_OUTPUT_DATA_DIR": str(folder / "output" / "data"),
    } | {f"SM_CHANNEL_{name.upper()}": str(path) for name, path in channels.items()}
    done = subprocess.run(
        [PYTHON, archive.entry_point(kind)], cwd=source, env=environment, capture_output=True, text=True, check=False
    )
    failure = folder / "output" / "failure"
    said = failure.read_text() if failure.exists() else ""
    return Done(done.returncode, done.stdout + done.stderr, said, folder / "model")


def ask(script: str, given: Any) -> Any:
    """What a script prints as JSON under scikit-learn's Python, with our packages on its path."""
    done = subprocess.run(
        [PYTHON, "-c", script],
        input=json.dumps(given),
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(archive.ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def packed(files: dict[str, str]) -> bytes:
    """A user's archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def _toolkit(text: str) -> Any:
    """A hyperparameter as the container's toolkit reads it."""
    try:
        return json.loads(text)
    except ValueError:
        return text
