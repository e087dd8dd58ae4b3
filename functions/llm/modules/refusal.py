"""Whether models decline what they are asked: counts, so that a ratio is the metric math of two sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from llm.model import FILTERED, GUARDRAIL, Module, Needs, Pair, Sample, Verdict, sample

Judge = Callable[[str, str, str], Verdict]


class _Cues(NamedTuple):
    """Cues of verdicts that say what cut a completion short, and of all that have no score."""

    guardrail: str
    filtered: str
    unscored: frozenset[str]


class Refusal(Module):
    """RefusalCount and RefusalUndetermined (Count, 1 or 0 for each pair), RefusalScore (None, 0 to 1, of pairs that
    could be judged), GuardrailInterventions and ContentFiltered (Count, 1 or 0 for each pair).

    What a guardrail or a provider's filter cut short says nothing of the model: such a pair counts under its own name
    only, neither as refused nor as undetermined, and has no score. Zeros are sent too: the average of RefusalCount is
    the ratio, and a quiet minute looks other than one without traffic.
    """

    name = "refusal"
    needs: Needs = "completion"

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        judge = self._judge = self._judge or _shipped()
        cues = _cues()
        samples: list[Sample] = []
        for pair in pairs:
            samples.extend(_samples(pair, judge(pair.completion, pair.stop_reason, pair.prompt), cues))
        return samples


def _shipped() -> Judge:
    from llm.refusals import judge  # late: its patterns are compiled when the first pair is judged

    return judge


def _cues() -> _Cues:
    from llm.refusals.judge import EMPTY, NOT_ENGLISH

    return _Cues(GUARDRAIL, FILTERED, frozenset({GUARDRAIL, FILTERED, EMPTY, NOT_ENGLISH}))


def _samples(pair: Pair, verdict: Verdict, cues: _Cues) -> list[Sample]:
    stopped = verdict.cue in (cues.guardrail, cues.filtered)
    counts = {
        "RefusalCount": verdict.outcome == "refused",
        "RefusalUndetermined": verdict.outcome == "undetermined" and not stopped,
        "GuardrailInterventions": verdict.cue == cues.guardrail,
        "ContentFiltered": verdict.cue == cues.filtered,
    }
    samples = [sample(pair, metric, float(count)) for metric, count in counts.items()]
    if verdict.cue not in cues.unscored:
        samples.append(sample(pair, "RefusalScore", verdict.score, "None"))
    return samples
