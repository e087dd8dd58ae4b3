"""A training script of the user's own, run as the container would run it; then its model is asked as an endpoint would
ask it, and its answers to the rows of the test channel are left for the gate.

The script gets its own hyperparameters as ``--name value``, and every channel but the test channel.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from training.errors import ManifestInvalid, ModelUnusable, ProgramFailed
from training.model import SCHEMA
from training.programs import archive, channels, job, proof, source
from training.programs.job import Job
from training.programs.plan import PREFIX, Value
from training.programs.split import Sample
from training.serving import answering
from training.transform import rows as forms

TEST: Final = "test"
PART: Final = 1_000
"""Rows of one request."""
LAST_LINES: Final = 30
ABSOLUTE: Final = "/opt/ml"
FUNCTIONS: Final = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")

_SHIM: Final = """\
\"\"\"The functions of {module}.py, under the name that an endpoint looks for.\"\"\"

import {module} as _own

globals().update({{name: getattr(_own, name) for name in {names!r} if hasattr(_own, name)}})
"""


def main() -> int:
    return job.run(run)


def run(work: Job) -> None:
    """Raises ManifestInvalid, ProgramFailed, ChannelUnreadable and what else ``channels`` raises."""
    code = archive.ROOT.parent
    _train(work, code)
    _leave_code(work, code)
    columns = channels.columns(work.train(), work.plan)
    names = [column.name for column in columns]
    if TEST not in work.channels:
        raise ManifestInvalid("A script needs a channel test, whose rows its model is asked.")
    asked = [row for row, _ in channels.rows(work.channels[TEST], names, work.plan.target)]
    sample = Sample(proof.SMOKE, work.plan.seed)
    for row in asked:
        sample.see(row)
    smoke = [row for _, row in sample.rows]
    validated, targets = _validation(work, names)
    answers = _asked(work, names, [*asked, *smoke, *validated])
    work.leave("scores.json", {"schema": SCHEMA, "probabilities": answers[: len(asked)]})
    pairs = zip(smoke, answers[len(asked) :], strict=False)
    entries = [{"row": dict(zip(names, row, strict=True)), "probability": probability} for row, probability in pairs]
    work.leave("smoke.json", {"schema": SCHEMA, "rows": entries})
    if len(set(answers)) == 2 and set(answers) == {0.0, 1.0}:
        job.told("The model answers with 0 and 1 alone: predict_fn should return probabilities, not classes.")
    if targets:
        job.metrics(targets, answers[len(asked) + len(smoke) :], 0.5)


def arguments(values: dict[str, Value]) -> list[str]:
    """As the container's toolkit writes them: a name of one letter has one hyphen."""
    return [
        text
        for name, value in sorted(values.items())
        for text in (f"{'-' if len(name) == 1 else '--'}{name}", str(value))
    ]


def environment(given: dict[str, str]) -> dict[str, str]:
    """What the script sees: not the plan, and not the rows that it is judged by."""
    hidden = ("SM_USER_ARGS", "PYTHONPATH", f"SM_CHANNEL_{TEST.upper()}")
    kept = {name: value for name, value in given.items() if name not in hidden and not name.startswith("SM_HP_PLAN_")}
    if "SM_HPS" in kept:
        hyperparameters = json.loads(kept["SM_HPS"])
        own = {name: value for name, value in hyperparameters.items() if not name.startswith(PREFIX)}
        kept["SM_HPS"] = json.dumps(own)
    if "SM_CHANNELS" in kept:
        kept["SM_CHANNELS"] = json.dumps([name for name in json.loads(kept["SM_CHANNELS"]) if name != TEST])
    return kept


def _train(work: Job, code: Path) -> None:
    entry = work.plan.entry_point
    command = [sys.executable, entry, *arguments(dict(work.hyperparameters))]
    status, last = _run(command, code, environment(dict(os.environ)))
    if status:
        raise ProgramFailed(f"{entry} {_ended(status)}: {_said(last)}{_absolute(code, last)}")
    if not work.model.is_dir() or not any(path.is_file() for path in work.model.rglob("*")):
        raise ProgramFailed(f"{entry} ended well and wrote no file into SM_MODEL_DIR.{_absolute(code, [])}")


def _run(command: list[str], folder: Path, given: dict[str, str]) -> tuple[int, list[str]]:
    """Status and the last lines of its error stream, which goes on to the job's log as it comes."""
    last: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(
        command, cwd=folder, env=given, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        for line in process.stderr or ():
            sys.stderr.write(line)
            last.append(line.rstrip())
    return process.returncode, [line for line in last if line]


def _ended(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"


def _said(last: Sequence[str]) -> str:
    return last[-1][:400] if last else "it said nothing on its error stream."


def _absolute(code: Path, last: Sequence[str]) -> str:
    """A sentence about paths that are AWS's alone, where the script names some."""
    for path in sorted(code.rglob("*.py")):
        if path.relative_to(code).parts[0].startswith(source.OURS):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if ABSOLUTE in line:
                where = f"{path.relative_to(code)} names it in line {number}"
                return f" {ABSOLUTE} is there on AWS alone, and {where}: take SM_MODEL_DIR and SM_CHANNEL_TRAIN."
    named = any(ABSOLUTE in line for line in last)
    return f" {ABSOLUTE} is there on AWS alone: take SM_MODEL_DIR and SM_CHANNEL_TRAIN." if named else ""


def _leave_code(work: Job, code: Path) -> None:
    """What an endpoint runs, unless the script has left it itself."""
    target = work.model / job.CODE
    if (target / archive.SERVED).is_file():
        return
    for path in sorted(code.rglob("*")):
        name = path.relative_to(code)
        if path.is_file() and not name.parts[0].startswith(source.OURS) and "__pycache__" not in name.parts:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(path.read_bytes())
    if not (target / archive.SERVED).is_file():
        module = Path(work.plan.entry_point).with_suffix("").as_posix().replace("/", ".")
        (target / archive.SERVED).write_text(_SHIM.format(module=module, names=FUNCTIONS), encoding="utf-8")


def _validation(work: Job, names: list[str]) -> tuple[list[list[str]], list[int]]:
    if "validation" not in work.channels:
        return [], []
    found = list(channels.rows(work.channels["validation"], names, work.plan.target))
    return [row for row, _ in found], [int(label == work.plan.positive) for _, label in found]


def _asked(work: Job, names: list[str], asked: list[list[str]]) -> list[float]:
    """Answers of the user's own functions, in a process of their own. Raises ProgramFailed."""
    parts = [asked[start : start + PART] for start in range(0, len(asked), PART)]
    with tempfile.TemporaryDirectory() as folder:
        for number, part in enumerate(parts):
            Path(folder, f"{number}.csv").write_bytes(forms.to_csv(part, names))
        own = str(Path(__file__).with_name("user_model.py"))
        code = str(work.model / job.CODE)
        command = [sys.executable, "-P", own, str(work.model), code, Path(archive.SERVED).stem, folder]
        status, last = _run(command, work.model, environment(dict(os.environ)))
        if status:
            raise ProgramFailed(f"The script's model {_ended(status)} when it was asked: {_said(last)}")
        found: list[float] = []
        for number, part in enumerate(parts):
            found += _read(Path(folder, f"{number}.json"), len(part))
    return found


def _read(path: Path, size: int) -> list[float]:
    try:
        return answering.probabilities(path.read_bytes(), size)
    except ModelUnusable as error:
        raise ProgramFailed(str(error)) from error
