"""What users asked for and did not get: counts, so that a ratio is the metric math of two sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llm.model import GUARDRAIL, Module, Needs, Pair, Reason, Sample, Verdict

Judge = Callable[[Pair], Verdict]

BY_REASON: dict[Reason, str] = {
    "policy": "RefusalPolicy",
    "no_knowledge": "RefusalNoKnowledge",
    "premise": "RefusalPremise",
    "scope": "RefusalScope",
}
"""The metric of each reason; "filtered" has GuardrailInterventions and ContentFiltered."""


class Refusal(Module):
    """RefusalCount (Count, 1 or 0 for each pair): the user did not get what was asked for. Each is one of
    RefusalPolicy, RefusalNoKnowledge, RefusalPremise, RefusalScope (Count, only where there are some), or of
    GuardrailInterventions and ContentFiltered (Count, 1 or 0): there a guardrail or a provider's filter cut in.

    RefusalUndetermined and RefusalUnsupported (Count, 1 or 0): a verdict that is in doubt, whichever side it counts
    on, or cannot be given (no text, too short without a prompt); and a text in a language without phrases.
    RefusalScore (None, 0 to 1, of pairs whose text was judged). Zeros are sent too: the average of RefusalCount is the
    ratio, and a quiet minute looks other than one without traffic.
    """

    name = "refusal"
    needs: Needs = "completion"

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        judge = self._judge = self._judge or _shipped()
        from llm.refusals.judge import UNSUPPORTED  # late, as the judge itself

        samples: list[Sample] = []
        for pair in pairs:
            samples.extend(_samples(pair, judge(pair), UNSUPPORTED))
        return samples


def _shipped() -> Judge:
    from llm.refusals import of_pair  # late: its patterns are compiled when the first pair is judged

    return of_pair


def _samples(pair: Pair, verdict: Verdict, foreign: str) -> list[Sample]:
    filtered, unsupported = verdict.reason == "filtered", verdict.cue == foreign
    unknown = verdict.outcome == "undetermined" and not filtered and not unsupported
    counts = (
        ("RefusalCount", verdict.outcome == "refused" or filtered),
        ("RefusalUndetermined", unknown or verdict.doubt),
        ("RefusalUnsupported", unsupported),
        ("GuardrailInterventions", filtered and verdict.cue == GUARDRAIL),
        ("ContentFiltered", filtered and verdict.cue != GUARDRAIL),
    )
    split = (pair.model_family, pair.operation, pair.app, int(pair.timestamp.timestamp()) // 60)
    samples = [Sample(metric, 1.0 if count else 0.0, "Count", *split) for metric, count in counts]
    if metric := BY_REASON.get(verdict.reason):
        samples.append(Sample(metric, 1.0, "Count", *split))
    if verdict.outcome != "undetermined":
        samples.append(Sample("RefusalScore", verdict.score, "None", *split))
    return samples
