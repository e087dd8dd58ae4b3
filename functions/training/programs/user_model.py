"""The process in which a user's model is loaded and asked, as the scikit-learn container's server would do it.

It is run as a file and imports nothing of ours, so that the user's modules may have any name. Arguments: the model's
folder, the folder of its code, the module's name, a folder of requests (``0.csv``, ...). Beside each request it leaves
the answer (``0.json``), and on its error stream it says what went wrong.

Rules (sagemaker-scikit-learn-container, ``serving.py``): ``model_fn`` has to be there; ``transform_fn`` stands for the
other three; else ``input_fn``, by default CSV as numbers, ``predict_fn``, by default ``model.predict``, and
``output_fn``, by default a list.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

CSV, JSON = "text/csv", "application/json"
THREE = ("input_fn", "predict_fn", "output_fn")


def main(model_folder: str, code: str, module: str, requests: str) -> None:
    """Raises whatever the user's functions raise."""
    sys.path.insert(0, code)
    functions = importlib.import_module(module)
    answer = answering(functions, module)
    model = functions.model_fn(model_folder)
    for path in sorted(Path(requests).glob("*.csv"), key=lambda path: int(path.stem)):
        path.with_suffix(".json").write_bytes(_bytes(answer(model, path.read_bytes().decode())))


def answering(functions: ModuleType, name: str) -> Callable[[Any, str], Any]:
    """Raises NotImplementedError, ValueError where the container would refuse the module."""
    if not hasattr(functions, "model_fn"):
        raise NotImplementedError(f"{name}.py has no model_fn, which has to load the model from its folder.")
    if hasattr(functions, "transform_fn"):
        if any(hasattr(functions, each) for each in THREE):
            raise ValueError(f"{name}.py has transform_fn and one of {', '.join(THREE)}; the container takes either.")
        return lambda model, body: functions.transform_fn(model, body, CSV, JSON)
    take, predict, give = (getattr(functions, each, default) for each, default in zip(THREE, _DEFAULTS, strict=True))
    return lambda model, body: give(predict(take(body, CSV), model), JSON)


def _numbers(body: str, _content_type: str) -> Any:
    from io import StringIO

    import numpy as np

    try:
        return np.genfromtxt(StringIO(body), dtype=None, delimiter=",").astype(np.float32)
    except (TypeError, ValueError) as error:
        raise ValueError("Without an input_fn all cells have to be numbers; write an input_fn.") from error


def _predicted(given: Any, model: Any) -> Any:
    return model.predict(given)


def _listed(prediction: Any, _accept: str) -> Any:
    return json.dumps(prediction.tolist() if hasattr(prediction, "tolist") else prediction)


_DEFAULTS = (_numbers, _predicted, _listed)


def _bytes(answer: Any) -> bytes:
    """Of what ``output_fn`` gives: the answer, or the answer and its type, or the container's Response."""
    body = answer[0] if isinstance(answer, tuple) else getattr(answer, "response", answer)
    return body if isinstance(body, bytes) else str(body).encode()


if __name__ == "__main__":
    main(*sys.argv[1:5])
