"""Articles end to end on the local cloud, from the message on SNS to the published audio: cold against warm."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from bench.narration import texts

ROOT = Path(__file__).resolve().parents[2]
PARAGRAPHS = 20


def run() -> None:
    from local.cloud.testing import start_cloud

    rows: dict[str, tuple[Any, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for mode in ("mastered", "express"):
            cloud = start_cloud(ROOT / "template.yaml", temp=Path(folder), parameters={"MergeMode": mode})
            try:
                _play(cloud, mode, rows)
            finally:
                cloud.stop()
    first, characters = next(iter(rows.values()))
    base = characters / first.took_seconds
    print(f"{'':<51}{'characters':>11}{'billed':>8}{'took':>9}{'characters/s':>14}{'ratio':>8}")
    for what, (outcome, length) in rows.items():
        speed = length / outcome.took_seconds
        row = f"{what:<51}{length:>11,}{outcome.billed:>8,}{outcome.took_seconds:>7.1f} s{speed:>14,.0f}"
        print(f"{row}{speed / base:>8.2f}")


def _play(cloud: Any, mode: str, rows: dict[str, tuple[Any, int]]) -> None:
    from local.demo.newsroom import Newsroom

    newsroom = Newsroom(cloud.client, cloud.outputs)
    source = random.Random(7)
    bodies = [texts.article(source, PARAGRAPHS) for _ in range(2)]
    edited = [[*paragraph] for paragraph in bodies[0]]
    edited[PARAGRAPHS // 2][0] = texts.sentence(source)
    scenes = [
        ("cold: nothing runs, nothing is spoken", "one", 1, bodies[0]),
        ("warm functions, new text", "two", 1, bodies[1]),
        ("warm, one sentence edited", "one", 2, edited),
        ("warm, the same text as another article", "three", 1, edited),
    ]
    for what, article, version, body in scenes:
        paragraphs = [{"kind": "text", "text": texts.text(paragraph)} for paragraph in body]
        message = {"id": article, "version": version, "title": f"Bench {article}", "language": "en-US"}
        outcome = newsroom.publish({**message, "status": "published", "paragraphs": paragraphs})
        rows[f"{mode}, {what}"] = outcome, sum(len(one["text"]) for one in paragraphs)
