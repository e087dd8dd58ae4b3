"""What makes each alarm of the templates go off, and what ends it: values of the metrics that it looks at, per period.

A new alarm without a line here fails tests/roads/test_alarms.py. What a person can cause in a moment is caused there
for real, too; the values are those that AWS or this application would send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cause:
    """``rings``: id of a query (of a plain alarm: value) -> its value in each period that has to breach, or several
    values of one period, in ``grows`` one per period, oldest first. ``ends``: the same for the time after; without it
    nothing more is measured, which ends an alarm too."""

    sentence: str
    rings: Mapping[str, float | list[float]] = field(default_factory=dict)
    ends: Mapping[str, float | list[float]] = field(default_factory=dict)
    grows: bool = False


def plain(sentence: str, value: float, after: float | None = 0) -> Cause:
    return Cause(sentence, {"value": value}, {} if after is None else {"value": after})


def shares(sentence: str, part: str, whole: str, *, breaching: float, usual: float, of: float = 50) -> Cause:
    """A share in per cent of ``whole``."""
    return Cause(sentence, {part: breaching * of / 100, whole: of}, {part: usual * of / 100, whole: of})


def each(sentence: str, name: str, *, breaching: int, usual: int, of: int = 50) -> Cause:
    """A metric of zeros and ones that an alarm takes twice, as a sum and as a number."""
    ones = lambda number: [1.0] * number + [0.0] * (of - number)  # noqa: E731
    return Cause(sentence, {name: ones(breaching)}, {name: ones(usual)})


def letters(sentence: str) -> Cause:
    """A redrive holds it, and nobody else sees it."""
    return Cause(sentence, {"hidden": 1}, {"waiting": 0, "hidden": 0})


def throttled(function: str) -> Cause:
    return Cause("calls of functions are throttled for five minutes", {function: 7}, {function: 0})


STILL = {"made": 0.0, "held": 2.0, "handed": 3.0, "nextVisible": 4.0}
MOVING = {"made": 3.0, "nextVisible": 4.0}
QUALITY: Mapping[str, Cause] = {
    "Refusals": shares("60 % of 50 completions refuse", "refused", "pairs", breaching=60, usual=4),
    "Similarity": Cause("answers have nothing to do with their prompts", {"tenth": [0.01] * 50}, {"tenth": [0.6] * 50}),
    "Toxicity": each("ten of 50 completions are toxic", "toxic", breaching=10, usual=0),
    "Sentiment": each("45 of 50 completions are negative", "negative", breaching=45, usual=5),
    "Coverage": shares("half of what was read is measured", "pairs", "read", breaching=50, usual=98),
}

CAUSES: Mapping[str, Cause] = {
    "FunctionsThrottledAlarm": throttled("narrationPlan"),
    "NarrationThrottledAlarm": throttled("plan"),
    "DocumentsThrottledAlarm": throttled("claim"),
    "ImagesThrottledAlarm": throttled("urlDoor"),
    "TripsThrottledAlarm": throttled("clean"),
    "LlmThrottledAlarm": throttled("readLogs"),
    "QuestionsThrottledAlarm": throttled("door"),
    "KnowledgeThrottledAlarm": throttled("door"),
    "TrainingThrottledAlarm": throttled("predict"),
    # Spending
    **{
        f"{name}SpendingAlarm": plain("85 % of a day's ceiling are bought", 85, 10)
        for name in ("Narration", "Documents", "Questions", "Knowledge", "Training")
    },
    **{
        f"{name}CeilingAlarm": plain("work waits at the ceiling", 1)
        for name in ("Narration", "Documents", "Questions", "Knowledge", "Training")
    },
    **{
        f"{name}PausedAlarm": plain("the pipeline is paused for a day", 1)
        for name in ("Narration", "Documents", "Llm", "Questions", "Knowledge", "Training")
    },
    # Narration
    "NarrationFailedAlarm": letters("an execution failed and waits in the queue"),
    "NarrationDeadLettersAlarm": letters("a message is a dead letter"),
    "SpeechWaitsAlarm": plain("news waits for Polly for 400 seconds", 400, 20),
    "SpeechStandsStillAlarm": Cause(
        "ranges wait for a quarter of an hour, one of them at the ceiling, and none is spoken", STILL, MOVING
    ),
    "SpeechAbandonedAlarm": plain("a range killed five workers", 1),
    "ArticlesRejectedAlarm": plain("an article is refused", 1),
    "AudioOutsideBoundsAlarm": plain("an edition is too loud", 1),
    "AudioToolUnexpectedAlarm": plain("an edition is merged with another FFmpeg", 1),
    "NarrationFunctionsAlarm": Cause("NarrationPlan fails three times, NarrationMerge twice", {"plan": 3, "merge": 2}),
    "NarrationNearLimitAlarm": Cause("a merge takes 800 of its 900 seconds", {"merge": 800e3}, {"merge": 40e3}),
    "NarrationBacklogAlarm": Cause("an article waits for half an hour", {"articles": 1800}, {"articles": 4}),
    "NarrationSilentAlarm": Cause(
        "articles are published, no execution begins", {"published": 2}, {"published": 2, "started": 2}
    ),
    "NarrationLostAlarm": Cause("an article could not be kept", {"articles": 1}, {"articles": 0}),
    # Documents
    "DocumentsFailedAlarm": letters("an execution failed and waits in the queue"),
    "DocumentsDeadLettersAlarm": letters("an event is a dead letter"),
    "DocumentsRejectedAlarm": shares(
        "30 % of the documents are refused", "rejected", "received", breaching=30, usual=2
    ),
    "DocumentsNoSummaryAlarm": each("five of 50 documents get no sentences", "unavailable", breaching=5, usual=1),
    **{
        f"{lane}WaitsAlarm": plain("what goes first waits for 400 seconds", 400, 20)
        for lane in ("Analysis", "Jobs", "Summaries")
    },
    **{
        f"{lane}StandStillAlarm": Cause("documents wait, one of them at the ceiling, and none comes on", STILL, MOVING)
        for lane in ("Analysis", "Jobs", "Summaries")
    },
    "DocumentsAbandonedAlarm": plain("a step killed five workers", 1),
    "DocumentsFunctionsAlarm": Cause("DocumentsTransform fails five times", {"transform": 5}),
    "DocumentsTextractErrorsAlarm": Cause("DocumentsAnalyze fails five times", {"analyze": 5}),
    "DocumentsNearLimitAlarm": Cause("DocumentsWrite takes 800 of its 900 seconds", {"write": 800e3}, {"write": 9e3}),
    "DocumentsBacklogAlarm": Cause("a deletion waits for half an hour", {"deletions": 1800}, {"deletions": 4}),
    "DocumentsLostAlarm": Cause("an event could not be kept", {"put": 1}, {"put": 0}),
    "DocumentsSilentAlarm": Cause("documents are put, none is received", {"put": 3}, {"put": 3, "received": 3}),
    "DocumentsInboxUnheardAlarm": Cause(
        "the inbox grows by ten a day, none is received",
        {"objects": [10, 20, 30]},
        {"objects": [40, 50, 60], "received": [10, 10, 10]},
        grows=True,
    ),
    # Images
    "ImagesRefusedAlarm": plain("25 originals are damaged", 25, 3),
    "ImagesFailedAlarm": plain("S3 does not answer", 1),
    "ImagesDeniedAlarm": plain("25 originals are denied", 25, 1),
    "ImagesDecoderAlarm": plain("libwebp is not in the layer", 1),
    "ImagesSignaturesAlarm": plain("150 addresses are signed by no key", 150, 10),
    "ImagesUrlDoorErrorsAlarm": plain("the door crashes", 1),
    "ImagesAccessPointDoorErrorsAlarm": plain("the door crashes", 1),
    "ImagesSilentAlarm": Cause("40 requests and no image", {"asked": 40}, {"asked": 40, "unchanged": 5}),
    "ImagesSlowAlarm": Cause("requests take 28 of 30 seconds", {"url": 28e3}, {"url": 400}),
    # Trips
    "TripsRecordsFailedAlarm": plain("a record cannot be read", 1),
    "TripsHeadersAlarm": plain("a header is not understood", 1),
    "TripsRowsIncompleteAlarm": shares("30 % of the rows are left out", "left", "rows", breaching=30, usual=1),
    "TripsCleanErrorsAlarm": plain("TripsClean raises an error", 1),
    "TripsDeliveryAlarm": plain("a record waits for 40 minutes", 2400, 60),
    "TripsNearLimitAlarm": Cause("TripsClean takes 170 of its 180 seconds", {"clean": 170e3}, {"clean": 2e3}),
    "TripsCallsAlarm": plain("a call of TripsClean fails", 0, 1),
    "TripsConversionAlarm": plain("a row does not become Parquet", 1),
    "TripsPartitionsAlarm": plain("trips of too many days come at once", 1),
    "TripsStreamFullAlarm": plain("records are refused for three minutes", 12),
    "TripsSilentAlarm": Cause("records come, none is delivered", {"came": 9}, {"came": 9, "delivered": 9}),
    # Model quality
    **{f"{name}Alarm": cause for name, cause in QUALITY.items()},
    **{f"Llm{name}Alarm": cause for name, cause in QUALITY.items()},
    "LlmRefusalsFallAlarm": shares("none of 500 refuses", "refused", "pairs", breaching=0, usual=4, of=500),
    "LlmUndeterminedAlarm": shares("40 % are undetermined", "undetermined", "pairs", breaching=40, usual=5),
    "LlmUnsupportedAlarm": shares("80 % are in other languages", "unsupported", "pairs", breaching=80, usual=5),
    "LlmLagAlarm": plain("a tenth of the records is 1,000 seconds late", 1000, 100),
    "LlmSilenceAlarm": Cause(
        "models are called, no record comes", {"calls": 30}, {"calls": 30, "arrived": 30, "age": 5}
    ),
    "LlmDeliveryAlarm": Cause("Bedrock cannot write a record", {"objects": 1}, {"objects": 0}),
    "LlmDeadLettersAlarm": letters("an object is a dead letter"),
    "LlmBacklogAlarm": plain("an object waits for 1,000 seconds", 1000, 10),
    "LlmBudgetAlarm": plain("the day's paid calls are used up", 1),
    "LlmEvaluationsAlarm": Cause("a batch of pairs runs out of time", {"late": 1}, {"late": 0}),
    "LlmEvaluateErrorsAlarm": Cause("LlmEvaluate is throttled", {"throttles": 1}, {"throttles": 0}),
    "LlmPricesAlarm": Cause(
        "half of the calls have no price",
        {"unknown": 25, "known": [0.01] * 25},
        {"unknown": 0, "known": [0.01] * 50},
    ),
    "LlmPricesOldAlarm": plain("a price is 800 days old", 800, 10),
    "LlmBatchModelsAlarm": plain("an output of batch inference has no model", 1),
    "LlmUncountedAlarm": Cause("an object is damaged", {"damaged": 1}, {"damaged": 0}),
    "LlmLostAlarm": Cause("an event could not be kept", {"logs": 1}, {"logs": 0}),
    "LlmModuleErrorsAlarm": plain("a module fails ten times", 10),
    "LlmStreamLagAlarm": plain("a record waits for two hours", 7.2e6, 1e3),
    "LlmCanaryAlarm": plain("three prompts changed sides", 3),
    "LlmCanaryContentAlarm": plain("three answers strayed", 3),
    "LlmCanaryStoppedAlarm": Cause("no round of the canary begins", {}, {"rounds": 1}),
    "LlmCanarySilentAlarm": Cause("eight prompts are not answered", {"failed": 8}, {"failed": 0}),
    "LlmFunctionsAlarm": Cause("LlmReadLogs fails five times", {"logs": 5}),
    "LlmNearLimitAlarm": Cause("a log takes 280 of 300 seconds", {"logs": 280e3}, {"logs": 9e3}),
    # Questions
    "QuestionsFailedAlarm": letters("an execution failed and waits in the queue"),
    "QuestionsDeadLettersAlarm": letters("a message is a dead letter"),
    "QuestionsDoorAlarm": plain("the door fails twice a minute", 2),
    "QuestionsFunctionsAlarm": Cause("QuestionsProve fails six times", {"prove": 6}),
    "QuestionsBacklogAlarm": Cause("a dead letter waits for half an hour", {"dead": 1800}, {"dead": 4}),
    "QuestionsWaitsAlarm": plain("first questions wait for the model for 90 seconds", 90, 1),
    "QuestionsStandStillAlarm": Cause(
        "questions wait, one of them at the ceiling, and no statement is written", STILL, MOVING
    ),
    "QuestionsAbandonedAlarm": plain("a question killed five workers", 1),
    "QuestionsRefusedAlarm": Cause(
        "30 of 50 questions are refused", {"refused": 30, "answered": 20}, {"refused": 5, "answered": 45}
    ),
    "QuestionsFirstPassAlarm": Cause(
        "ten of 50 answers come of the first statement", {"first": 10, "answered": 50}, {"first": 45, "answered": 50}
    ),
    "QuestionsSilentAlarm": Cause(
        "questions are taken, none is answered", {"asked": 9}, {"asked": 9, "answered": 8, "refused": 1}
    ),
    "QuestionsLostAlarm": Cause("a failed question could not be kept", {"failures": 1}, {"failures": 0}),
    # Training
    "TrainingFailedAlarm": letters("an execution failed and waits in the queue"),
    "TrainingDeadLettersAlarm": letters("a manifest could not be started"),
    "TrainingDoorAlarm": plain("the door crashes", 1),
    "TrainingNearLimitAlarm": Cause("rows take 800 of 900 seconds to look at", {"validate": 800e3}, {"validate": 9e3}),
    "TrainingBacklogAlarm": plain("a manifest waits for half an hour", 1800, 4),
    "TrainingEndpointsAlarm": plain("an endpoint is named by no pointer", 1),
    "TrainingApprovalsAlarm": plain("a model waits for a person for a day", 1),
    "TrainingLostAlarm": Cause("an event about a manifest could not be kept", {"manifests": 1}, {"manifests": 0}),
    # Knowledge
    "KnowledgeFailedAlarm": letters("an execution failed and waits in the queue"),
    "KnowledgeDeadLettersAlarm": letters("a message is a dead letter"),
    "KnowledgeDoorAlarm": Cause("the door fails twice a minute", {"answered": 2}, {"answered": 2, "stopped": 2}),
    "KnowledgeFunctionsAlarm": Cause("KnowledgeIndex fails six times", {"index": 6}),
    "KnowledgeIndexLagAlarm": Cause("a document comes into the index an hour late", {"lag": 3600}, {"lag": 4}),
    "KnowledgeBacklogAlarm": Cause("a dead letter waits for half an hour", {"dead": 1800}, {"dead": 4}),
    "KnowledgeUnindexedAlarm": Cause(
        "documents are read, the index looks at none", {"documents": 3}, {"documents": 3, "looked": 0}
    ),
    "KnowledgeElsewhereAlarm": plain("a document's passages were in an index that is gone", 1),
    "KnowledgeAccessAlarm": plain("an access file cannot be read", 1),
    "KnowledgeBaseAlarm": plain("the knowledge base is not there", 1),
    "KnowledgeWaitsAlarm": plain("first questions wait for the model for 90 seconds", 90, 1),
    "KnowledgeStandStillAlarm": Cause(
        "questions wait, one of them at the ceiling, and nothing is composed", STILL, MOVING
    ),
    "KnowledgeAbandonedAlarm": plain("a question killed five workers", 1),
    "KnowledgeRefusedAlarm": Cause(
        "40 of 50 questions are refused", {"refused": 40, "given": 10}, {"refused": 5, "given": 45}
    ),
    "KnowledgeSilentAlarm": Cause(
        "questions are taken, none is answered", {"asked": 9}, {"asked": 9, "given": 8, "refused": 1}
    ),
    "KnowledgeLostAlarm": Cause("an event about a document could not be kept", {"documents": 1}, {"documents": 0}),
    "SyncFunctionsAlarm": Cause("KnowledgeSyncPortion fails five times", {"portion": 5}),
    "SyncNearLimitAlarm": Cause("a listing takes 280 of its 300 seconds", {"list": 280e3}, {"list": 40e3}),
    "SyncSkippedAlarm": plain("a document could not be brought", 1),
}

COMPOSITES: Mapping[str, str] = {
    "DocumentsStandStillAlarm": "JobsStandStillAlarm",
    "TripsCleaningAlarm": "TripsCallsAlarm",
}
"""Composite alarm -> one of its parts; it rings, and is over, with that part."""

NOT_HERE: Mapping[str, str] = {
    "LlmSimilarityBandAlarm": "an anomaly band is learned by CloudWatch in weeks; the local cloud refuses such alarms",
}
"""Alarms that no test can make go off, and why."""
