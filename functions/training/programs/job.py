"""A job's folders and hyperparameters as the container's toolkit names them (SM_*), and how a program ends.

A program that fails writes ``output/failure``, of which SageMaker takes 1,024 characters as the reason (developer
guide, "How Amazon SageMaker AI Provides Training Information"); the toolkit of a framework's image may write its own
instead, with what the program said last on its error stream, so the sentence stands there, too.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.errors import MillraceError
from training.errors import ChannelUnreadable, ClassEmpty
from training.model import Json
from training.programs import plan as plans
from training.programs.plan import Plan, Value

MOST_REASON: Final = 1_000
"""Of SageMaker's 1,024 characters."""
CODE: Final = "code"
"""The folder of a model's archive in which an endpoint's program lies."""


@dataclass(frozen=True, slots=True)
class Job:
    """``channels``: the folder of each channel by its name."""

    plan: Plan
    hyperparameters: Mapping[str, Value]
    channels: Mapping[str, Path]
    model: Path
    output: Path

    def train(self) -> Path:
        """Raises ChannelUnreadable."""
        if "train" not in self.channels:
            raise ChannelUnreadable("The job has no channel train; name one in the manifest.")
        return self.channels["train"]

    def leave(self, name: str, document: Json) -> None:
        """A file among what becomes ``model.tar.gz``."""
        self.model.mkdir(parents=True, exist_ok=True)
        body = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        (self.model / name).write_text(body, encoding="utf-8")


def read(environment: Mapping[str, str] | None = None) -> Job:
    """Raises ManifestInvalid."""
    given = os.environ if environment is None else environment
    plan, hyperparameters = plans.read(json.loads(given.get("SM_HPS", "{}")))
    prefix = "SM_CHANNEL_"
    channels = {name[len(prefix) :].lower(): Path(path) for name, path in given.items() if name.startswith(prefix)}
    return Job(plan, hyperparameters, channels, Path(given.get("SM_MODEL_DIR", "/opt/ml/model")), _output(given))


def run(program: Callable[[Job], None]) -> int:
    """The exit status of a program: 0, or 1 with its failure under a name."""
    try:
        program(read())
    except Exception as error:  # noqa: BLE001 - whatever it is, the job's reason has to name it
        if not isinstance(error, MillraceError):
            traceback.print_exc()
        fail(_output(os.environ), f"{type(error).__name__}: {error}")
        return 1
    return 0


def fail(output: Path, reason: str) -> None:
    output.mkdir(parents=True, exist_ok=True)
    (output / "failure").write_text(reason[:MOST_REASON], encoding="utf-8", errors="replace")
    print(reason[:MOST_REASON], file=sys.stderr, flush=True)  # noqa: T201 - the log is all that a job can say it by


def told(sentence: str) -> None:
    """To the job's log."""
    print(sentence, flush=True)  # noqa: T201


def metrics(targets: Any, probabilities: Any, threshold: float) -> None:
    """The lines that SageMaker's metric definitions read: ``metric roc_auc=0.7312``. ``targets``: 1 for positive.

    Raises ClassEmpty where nothing can be measured.
    """
    if len(set(targets)) < 2:
        raise ClassEmpty("The rows that are measured have one class only; give the channel validation rows of both.")
    from sklearn import metrics as measured

    labels = [probability >= threshold for probability in probabilities]
    values = {
        "roc_auc": measured.roc_auc_score(targets, probabilities),
        "pr_auc": measured.average_precision_score(targets, probabilities),
        "accuracy": measured.accuracy_score(targets, labels),
        "log_loss": measured.log_loss(targets, probabilities, labels=[0, 1]),
    }
    for name, value in values.items():
        told(f"metric {name}={value:.6f}")


def _output(given: Mapping[str, str]) -> Path:
    if "SM_OUTPUT_DIR" in given:
        return Path(given["SM_OUTPUT_DIR"])
    return Path(given.get("SM_OUTPUT_DATA_DIR", "/opt/ml/output/data")).parent
