"""Rows to learn from, made by rule and chance: long rides, summer and dry weather are those of guests."""

from __future__ import annotations

import csv
import io
import math
import random
import tarfile
from collections.abc import Iterator

HEADER = ("age", "season", "weather", "minutes", "kind")
SEASONS, WEATHERS = ("spring", "summer", "autumn", "winter"), ("dry", "wet", "")
POSITIVE = "guest"


def table(rows: int, seed: int, *, shuffled: bool = False) -> bytes:
    """CSV with a header; the same seed gives the same rows. ``shuffled``: the labels say nothing of the other cells."""
    draw = random.Random(seed)
    made = [list(_row(draw)) for _ in range(rows)]
    if shuffled:
        labels = [row[-1] for row in made]
        draw.shuffle(labels)
        for row, label in zip(made, labels, strict=True):
            row[-1] = label
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *made])
    return text.getvalue().encode()


def _row(draw: random.Random) -> Iterator[str]:
    age, season, weather = draw.randint(16, 80), draw.choice(SEASONS), draw.choice(WEATHERS)
    minutes = round(draw.gammavariate(2, 6), 1)
    strength = -1.6 + (minutes - 12) / 6 + 1.4 * (season == "summer") - 0.8 * (weather == "wet") - (age - 45) / 30
    yield str(age)
    yield season
    yield weather
    yield str(minutes)
    yield POSITIVE if draw.random() < 1 / (1 + math.exp(-strength)) else "member"


SCRIPT = """
import argparse, csv, glob, json, os, sys


def model_fn(folder):
    return json.load(open(os.path.join(folder, "weights.json")))


def input_fn(body, content_type):
    return list(csv.reader(body.splitlines()))


def predict_fn(rows, model):
    return [min(1.0, max(0.0, float(row[3]) / model["longest"])) for row in rows]


def output_fn(answers, accept):
    return json.dumps(answers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fails", default="no")
    if parser.parse_args().fails == "yes":
        sys.exit("it was told to fail")
    rows = [row for path in glob.glob(os.environ["SM_CHANNEL_TRAIN"] + "/*.csv") for row in csv.DictReader(open(path))]
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "weights.json"), "w") as file:
        json.dump({"longest": max(float(row["minutes"]) for row in rows)}, file)
"""
"""Somebody's own train.py: long rides are guests' rides. With ``--fails yes`` it does."""


def archive() -> bytes:
    """SCRIPT as train.py, packed."""
    packed, body = io.BytesIO(), SCRIPT.encode()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return packed.getvalue()
