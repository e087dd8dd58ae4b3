"""What runs behind an endpoint, in the training environment: the functions of a model's ``inference.py``.

As AWS's scikit-learn container has it: ``model_fn(dir)`` must be there; ``input_fn(body, content_type)``,
``predict_fn(data, model)`` and ``output_fn(prediction, accept)`` have defaults (CSV becomes float32); ``transform_fn``
stands in the place of all three. Requests and answers are lines of JSON; what the model prints goes to the log.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

_MOST_ERROR = 2_000
_TEXT = ("text/csv", "application/json")


class Refused(Exception):
    """The request's form is not the model's; ``status`` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def load(folder: Path, code: Path, program: str) -> tuple[Any, Any]:
    """The module and what its model_fn gives. Raises what says why there is none."""
    path = code / program
    if not path.is_file():
        held = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
        raise FileNotFoundError(
            f"no code/{program} at the top of model.tar.gz; it holds {', '.join(held[:20]) or 'nothing'}"
        )
    sys.path.insert(0, str(code))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a path of a file has both
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    if not hasattr(module, "model_fn"):
        raise NotImplementedError("Please provide a model_fn implementation.")
    if hasattr(module, "transform_fn") and any(
        hasattr(module, f"{name}_fn") for name in ("input", "predict", "output")
    ):
        raise ValueError("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
    return module, module.model_fn(str(folder))


def _default_input(body: Any, content_type: str) -> Any:
    import numpy

    kind = content_type.partition(";")[0].strip()
    if kind == "text/csv":
        return numpy.genfromtxt(io.StringIO(body), dtype=numpy.float32, delimiter=",")
    if kind == "application/json":
        return numpy.array(json.loads(body))
    raise Refused(415, f"Content type {content_type} is not supported by this framework.")


def _default_output(prediction: Any, accept: str) -> tuple[str, str]:
    kind = accept.partition(";")[0].strip()
    plain = prediction.tolist() if hasattr(prediction, "tolist") else prediction
    if kind in ("application/json", "*/*", ""):
        return json.dumps(plain), "application/json"
    if kind == "text/csv":
        rows = plain if isinstance(plain, list) else [plain]
        return "\n".join(",".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows), "text/csv"
    raise Refused(406, f"Accept type {accept} is not supported by this framework.")


def answer(module: Any, model: Any, asked: dict[str, str]) -> tuple[bytes, str]:
    """The body and content type for one request."""
    content_type, accept = asked["content_type"], asked["accept"]
    sent = base64.b64decode(asked["body"])
    body: Any = _text(sent) if content_type.partition(";")[0].strip() in _TEXT else sent
    if hasattr(module, "transform_fn"):
        found = module.transform_fn(model, body, content_type, accept)
    else:
        data = (getattr(module, "input_fn", None) or _default_input)(body, content_type)
        prediction = module.predict_fn(data, model) if hasattr(module, "predict_fn") else model.predict(data)
        found = (getattr(module, "output_fn", None) or _default_output)(prediction, accept)
    given, kind = found if isinstance(found, tuple) else (found, accept)
    return given if isinstance(given, bytes) else str(given).encode(), kind


def _text(body: bytes) -> Any:
    """CSV and JSON reach the functions as text, all else as bytes (sagemaker-containers, UTF8_TYPES)."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def main() -> None:
    """Load, say so, then answer line by line until the cloud hangs up."""
    folder, code, program = sys.argv[1:4]
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the model prints must not get between the answers

    def say(**members: Any) -> None:
        out.write(json.dumps(members) + "\n")
        out.flush()

    try:
        module, model = load(Path(folder), Path(code), program)
    except BaseException as error:  # noqa: BLE001 - sys.exit in a model too is why there is none
        traceback.print_exc()
        say(error=f"{type(error).__name__}: {error}"[:_MOST_ERROR])
        return
    say(ready=True)
    for line in sys.stdin:
        try:
            body, kind = answer(module, model, json.loads(line))
            say(status=200, body=base64.b64encode(body).decode(), content_type=kind)
        except Refused as error:
            say(status=error.status, error=str(error))
        except Exception as error:  # noqa: BLE001 - the next request may be a better one
            traceback.print_exc()
            say(status=500, error=f"{type(error).__name__}: {error}"[:_MOST_ERROR])


if __name__ == "__main__":
    main()
