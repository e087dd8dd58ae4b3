"""Gate: probabilities of both models -> whether the new one has earned the place, with figures and reasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, logger, observed
from training import steps
from training.errors import GateRefused
from training.evaluation import gate, report
from training.tuning import kept


@dataclass(frozen=True)
class Settings:
    models_bucket: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state in; ``{report: <key>}`` out. A refused model's report lies there too.

    Raises GateRefused with all its reasons, WorkGone, StorageUnavailable (try again).
    """
    bucket, run = Bucket(settings.read(Settings).models_bucket), steps.Run.of(event)
    work, scores = steps.work(bucket, run), gate.Scores.of(steps.packed(bucket, run, steps.SCORES))
    found, chosen = steps.get(bucket, run, steps.COLUMNS), kept.found(bucket, run)
    decision = gate.decide(work.manifest, scores, seed=gate.seed_of(run.version))
    document = report.document(run.version, work.manifest, scores, found, asdict(chosen), decision, work.unread)
    key = steps.put(bucket, run.version, steps.REPORT, document)
    logger().info("gate", extra={"model": run.name, "version": run.version, "accepted": decision.accepted})
    if not decision.accepted:
        raise GateRefused(f"{' '.join(decision.reasons)} The figures stand in {key}.")
    return {"report": key}
