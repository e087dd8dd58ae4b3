"""What an endpoint runs: the four functions that the scikit-learn container's server looks for.

The same file, forms and answers as the function that predicts, so that a model may move from one to the other.
"""

from __future__ import annotations

import json
from pathlib import Path

from training.errors import RowsUnreadable
from training.model import Json
from training.serving import answering, walker
from training.serving.walker import Model
from training.transform import rows

Rows = list[rows.Row]
_loaded: list[Model] = []
"""``input_fn`` is told nothing of the model, whose columns it needs; a server has one."""


def model_fn(folder: str) -> Model:
    """Raises ModelUnusable."""
    text = (Path(folder) / "model.json").read_text(encoding="utf-8")
    model = walker.load(json.loads(text))
    _loaded[:] = [model]
    return model


def input_fn(body: bytes | str, content_type: str) -> Rows:
    """Raises RowsUnreadable."""
    if not _loaded:
        raise RowsUnreadable("The model is not loaded yet; ask again.")
    return rows.parse(body.encode() if isinstance(body, str) else bytes(body), content_type, _loaded[-1].columns)


def predict_fn(given: Rows, model: Model) -> Json:
    return answering.answer(model, *answering.predicted(model, given))


def output_fn(answer: Json, accept: str) -> tuple[str, str]:
    """JSON, or one probability per line for who asks for ``text/csv``."""
    if accept.partition(";")[0].strip().lower() == rows.CSV:
        return "".join(f"{each['probability']!r}\n" for each in answer["predictions"]), rows.CSV
    return json.dumps(answer), rows.JSON
