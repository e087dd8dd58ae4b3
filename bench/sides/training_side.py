"""One way to train on texts, or to answer rows by a stored model: ``python -m bench.sides.training_side WAY FOLDER``.

Ways: ``hashed`` (ours) and ``tfidf`` (TF-IDF and SGD, as scikit-learn's guide has it) train on ``train.csv`` and are
measured on ``test.csv``; ``made`` trains trees and leaves them as ``model.json`` and as ``model.pickle``; ``walked``
and ``pickled`` load one of them and answer the rows of ``asked.json``.
"""

from __future__ import annotations

import csv
import json
import pickle
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "functions")]

SEED = 1


def hashed(folder: Path) -> dict[str, float]:
    from training.model import Column
    from training.programs import hyperparameters, text_classifier
    from training.serving import features, walker
    from training.serving.features import Shape
    from training.transform.fitted import Fitted

    train, test = (_read(folder, name) for name in ("train", "test"))
    begun = time.process_time()
    values = hyperparameters.complete("text_classifier", {})
    columns, shape = (Column("comment", "text"),), Shape()
    import numpy as np

    rows = [np.array(sorted(features.buckets([text], columns, shape)), dtype=np.int32) for text, _ in train]
    weights = text_classifier._trained(rows, [int(label == "yes") for _, label in train], values, SEED)
    names = {"name": "likes", "version": "", "positive": "yes", "negative": "no"}
    document = walker.envelope("linear_text", Fitted(columns), names, 0.5)
    body = json.dumps(document | text_classifier._exported(weights, shape))
    trained = time.process_time() - begun
    model = walker.load(json.loads(body))
    begun = time.process_time()
    labels = [model.predict([text]).label for text, _ in test]
    return _figures(trained, time.process_time() - begun, labels, test, len(body))


def tfidf(folder: Path) -> dict[str, float]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    train, test = (_read(folder, name) for name in ("train", "test"))
    begun = time.process_time()
    model = make_pipeline(TfidfVectorizer(), SGDClassifier(loss="log_loss", random_state=SEED))
    model.fit([text for text, _ in train], [label for _, label in train])
    trained = time.process_time() - begun
    begun = time.process_time()
    labels = [str(model.predict([text])[0]) for text, _ in test]
    return _figures(trained, time.process_time() - begun, labels, test, len(pickle.dumps(model)))


def made(folder: Path) -> dict[str, float]:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    from training.model import Column
    from training.programs import export
    from training.serving import walker
    from training.transform import fitted

    rows = list(csv.reader((folder / "trips.csv").read_text().splitlines()))[1:]
    columns = [Column(name, "number") for name in ("duration", "hour", "age")] + [Column("station", "category")]
    cells = [[row[0], row[2], row[3], row[1]] for row in rows]
    counts: dict[str, int] = {}
    for row in cells:
        counts[row[3]] = counts.get(row[3], 0) + bool(row[3])
    fit = fitted.fit(columns, {"station": {text: count for text, count in counts.items() if count}})
    encoded = [[np.nan if cell is None else cell for cell in fit.encode(row)] for row in cells]
    matrix = np.array(encoded, dtype=np.float64)
    model = HistGradientBoostingClassifier(random_state=SEED, categorical_features=[False, False, False, True])
    model.fit(matrix, [int(row[4] == "Customer") for row in rows])
    names = {"name": "trips", "version": "", "positive": "Customer", "negative": "Subscriber"}
    document = walker.envelope("trees", fit, names, 0.5) | export.trees(model, len(columns))
    (folder / "model.json").write_text(json.dumps(document, separators=(",", ":")))
    (folder / "model.pickle").write_bytes(pickle.dumps(model))
    asked = {"rows": cells[:20], "encoded": [list(map(float, row)) for row in matrix[:20]]}
    (folder / "asked.json").write_text(json.dumps(asked))
    return {"trees": len(document["trees"])}


def walked(folder: Path) -> dict[str, Any]:
    asked = json.loads((folder / "asked.json").read_text())["rows"]
    begun = time.process_time()
    from training.serving import walker

    model = walker.load(json.loads((folder / "model.json").read_bytes()))
    loaded = time.process_time() - begun
    answers = [model.probability(row) for row in asked]
    return _answered(begun, loaded, answers, folder / "model.json")


def pickled(folder: Path) -> dict[str, Any]:
    asked = json.loads((folder / "asked.json").read_text())["encoded"]
    begun = time.process_time()
    import numpy as np

    model = pickle.loads((folder / "model.pickle").read_bytes())  # noqa: S301 - made by this bench
    loaded = time.process_time() - begun
    answers = [float(model.predict_proba(np.array([row]))[0, 1]) for row in asked]
    return _answered(begun, loaded, answers, folder / "model.pickle")


def _answered(begun: float, loaded: float, answers: list[float], path: Path) -> dict[str, Any]:
    total = time.process_time() - begun
    row = (total - loaded) / len(answers)
    return {"total": total, "row": row, "bytes": path.stat().st_size, "answers": answers}


def _figures(
    trained: float, answered: float, labels: list[str], test: list[tuple[str, str]], size: int
) -> dict[str, float]:
    right = sum(label == known for label, (_, known) in zip(labels, test, strict=True))
    return {"trained": trained, "row": answered / len(test), "accuracy": right / len(test), "bytes": size}


def _read(folder: Path, name: str) -> list[tuple[str, str]]:
    rows = list(csv.reader((folder / f"{name}.csv").read_text().splitlines()))[1:]
    return [(row[0], row[2]) for row in rows]


if __name__ == "__main__":
    ways = {way.__name__: way for way in (hashed, tfidf, made, walked, pickled)}
    print(json.dumps(ways[sys.argv[1]](Path(sys.argv[2]))))
