"""The folders and variables that AWS's prebuilt containers give a program in script mode.

sagemaker-training-toolkit, "ENVIRONMENT_VARIABLES.md": a channel is SM_CHANNEL_<NAME>, a hyperparameter SM_HP_<NAME>
and an argument ``--name value``; hyperparameters are JSON where they can be read so. ``/opt/ml`` is a temporary folder
here, so a program must take its paths from these variables.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDERS = ("input/data", "input/config", "model", "output/data", "code", "checkpoints")
_OWN = "sagemaker_"
HINT = (
    "The local cloud has no folder /opt/ml, and this program names it: take the paths from SM_MODEL_DIR, "
    "SM_CHANNEL_TRAIN, SM_OUTPUT_DATA_DIR and their like, which AWS sets too."
)


@dataclass(frozen=True)
class Layout:
    """``root`` is the job's home, ``ml`` what is /opt/ml on AWS."""

    root: Path

    @property
    def ml(self) -> Path:
        return self.root / "opt" / "ml"

    @property
    def code(self) -> Path:
        return self.ml / "code"

    @property
    def model(self) -> Path:
        return self.ml / "model"

    @property
    def data(self) -> Path:
        return self.ml / "output" / "data"

    @property
    def failure(self) -> Path:
        return self.ml / "output" / "failure"

    def channel(self, name: str) -> Path:
        return self.ml / "input" / "data" / name

    def make(self) -> None:
        for folder in _FOLDERS:
            (self.ml / folder).mkdir(parents=True)

    def names_opt_ml(self) -> bool:
        """Whether the program's own text names the folder that is not there."""
        return any(b"/opt/ml" in path.read_bytes() for path in self.code.rglob("*.py") if path.is_file())


def read(text: str) -> Any:
    """A hyperparameter as the containers read it: JSON, else text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def own(request: Mapping[str, Any]) -> dict[str, Any]:
    """The program's hyperparameters, without the containers' own."""
    given = request.get("HyperParameters", {})
    return {name: read(text) for name, text in given.items() if not name.startswith(_OWN)}


def arguments(request: Mapping[str, Any]) -> list[str]:
    """``--name value``, in the order of names; a name of one letter has one hyphen."""
    found: list[str] = []
    for name, value in sorted(own(request).items()):
        found += [f"{'-' if len(name) == 1 else '--'}{name}", _written(value)]
    return found


def write_configuration(layout: Layout, request: Mapping[str, Any]) -> None:
    """The files of /opt/ml/input/config."""
    instance = request["ResourceConfig"].get("InstanceType", "")
    documents = {
        "hyperparameters": request.get("HyperParameters", {}),
        "inputdataconfig": {
            channel["ChannelName"]: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
                **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
            }
            for channel in request.get("InputDataConfig", ())
        },
        "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"], "current_instance_type": instance},
    }
    for name, document in documents.items():
        (layout.ml / "input" / "config" / f"{name}.json").write_text(json.dumps(document))


def variables(layout: Layout, request: Mapping[str, Any], program: str, source: str) -> dict[str, str]:
    """The whole environment of the program: nothing of the developer's machine is in it."""
    ml, hyper = layout.ml, own(request)
    channels = sorted(channel["ChannelName"] for channel in request.get("InputDataConfig", ()))
    found = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(layout.root),
        "TMPDIR": str(layout.root),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TRAINING_JOB_NAME": request["TrainingJobName"],
        "SM_MODEL_DIR": str(layout.model),
        "SM_OUTPUT_DIR": str(ml / "output"),
        "SM_OUTPUT_DATA_DIR": str(layout.data),
        "SM_OUTPUT_INTERMEDIATE_DIR": str(ml / "output" / "intermediate"),
        "SM_INPUT_DIR": str(ml / "input"),
        "SM_INPUT_CONFIG_DIR": str(ml / "input" / "config"),
        "SM_CHANNELS": json.dumps(channels),
        "SM_HPS": json.dumps(hyper),
        "SM_NUM_CPUS": str(os.cpu_count() or 1),
        "SM_NUM_GPUS": "0",
        "SM_HOSTS": '["algo-1"]',
        "SM_CURRENT_HOST": "algo-1",
        "SM_MODULE_NAME": program.removesuffix(".py"),
        "SM_USER_ENTRY_POINT": program,
        "SM_MODULE_DIR": source,
        "SM_USER_ARGS": json.dumps(arguments(request)),
    }
    found |= {f"SM_CHANNEL_{name.upper()}": str(layout.channel(name)) for name in channels}
    found |= {f"SM_HP_{name.upper().replace('-', '_')}": _written(value) for name, value in hyper.items()}
    found.update(request.get("Environment", {}))
    return found
