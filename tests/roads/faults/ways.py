"""For each function of the template: work that it takes part in, and how one sees from outside that it was done."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bench.faults.account import Account
from bench.questions import lake
from bench.questions.desk import Desk
from local.demo.account import Bucket
from local.demo.documents import maker
from local.demo.trips import maker as trips
from tests import metrics
from tests.e2e.narration import sound
from tests.e2e.waiting import eventually
from tests.roads.faults import knowledge_ways as knowledge
from tests.roads.faults import training_ways as training
from tests.unit.llm import builders

PATIENCE = 120
Done = Callable[[], bool]
Way = Callable[[Account], Done]
"""Begins the work; what it gives says whether the work has come out."""


def _name() -> str:
    return uuid.uuid4().hex[:12]


def _publish(account: Account, article: str, version: int = 1, **changes: Any) -> None:
    text = f"The night train of {article} is on time."
    message = {
        "id": article, "version": version, "title": f"Departure {version}", "language": "en-GB", "status": "published",
        "paragraphs": [{"kind": "text", "text": text}], **changes,
    }  # fmt: skip
    account.cloud.client("sns").publish(TopicArn=account.cloud.outputs["ArticlesTopicArn"], Message=json.dumps(message))


def _version(account: Account, article: str) -> int:
    audio = Bucket(account.cloud.client, account.cloud.outputs["AudioBucketName"])
    pointer = audio.json(f"articles/{article}/latest.json")
    return int(pointer["version"]) if pointer and audio.get(f"articles/{article}/full.mp3") else 0


def article(account: Account) -> Done:
    name = _name()
    _publish(account, name)
    return lambda: _version(account, name) == 1


def new_title(account: Account) -> Done:
    """Only tags change. The first version has to be there before the second one comes."""
    name = _name()
    _publish(account, name)
    eventually(lambda: _version(account, name) == 1 or None, "the first version", PATIENCE)
    _publish(account, name, 2)
    return lambda: _version(account, name) == 2


def new_sound(account: Account) -> Done:
    """An editor replaces a jingle: the article is merged again."""
    name, audio = _name(), Bucket(account.cloud.client, account.cloud.outputs["AudioBucketName"])
    key = f"sounds/{name}/jingle.wav"
    audio.put(key, sound.beep(0.4))
    text = {"kind": "text", "text": f"The night train of {name} is late."}
    _publish(account, name, paragraphs=[{"kind": "sound", "sound": key}, text])
    eventually(lambda: _version(account, name) == 1 or None, "the article with its sound", PATIENCE)
    # Publish looks at the sounds once more; what is replaced after its end is Remerge's.
    eventually(lambda: not account.executions("NarrateArticleArn", "RUNNING") or None, "the end of it", PATIENCE)
    place = f"articles/{name}/latest.json"
    before = audio.json(place)["edition"]
    audio.put(key, sound.beep(0.8))
    return lambda: bool(audio.json(place)["edition"] != before)


def refused_article(account: Account) -> Done:
    audio = Bucket(account.cloud.client, account.cloud.outputs["AudioBucketName"])
    before = set(audio.keys("rejected/"))
    _publish(account, _name(), paragraphs=[])
    return lambda: len(set(audio.keys("rejected/")) - before) == 1


def _document(account: Account, key: str, body: bytes, place: str = "summaries") -> Done:
    outputs, client = account.cloud.outputs, account.cloud.client
    Bucket(client, outputs["InboxBucketName"]).put(key, body)
    results = Bucket(client, outputs["SummariesBucketName"])
    return lambda: results.get(f"{place}/{key}.json") is not None


def document(account: Account) -> Done:
    return _document(account, f"{_name()}.txt", f"Patient Name: {_name()}\n\nThe patient came with a rash.\n".encode())


def page(account: Account) -> Done:
    return _document(account, f"{_name()}.jpg", maker.scan(uuid.uuid4().int % 1000))


def job(account: Account) -> Done:
    """Two pages without text of their own are a job of Textract."""
    return _document(account, f"{_name()}.tiff", maker.intake_form_tiff())


def refused_document(account: Account) -> Done:
    return _document(account, f"{_name()}.pdf", maker.broken() + _name().encode(), "rejected")


def deletion(account: Account) -> Done:
    """What was made of a document goes with it."""
    key, outputs, client = f"{_name()}.txt", account.cloud.outputs, account.cloud.client
    made = _document(account, key, f"Patient Name: {_name()}\n\nThe patient came with a cough.\n".encode())
    eventually(lambda: made() or None, "the summary that is to go", PATIENCE)
    Bucket(client, outputs["InboxBucketName"]).delete(key)
    return lambda: Bucket(client, outputs["SummariesBucketName"]).get(f"summaries/{key}.json") is None


def batch(account: Account) -> Done:
    states, machine = account.cloud.client("stepfunctions"), account.cloud.outputs["SummarizeBatchArn"]
    states.start_execution(stateMachineArn=machine, input=json.dumps({"prefix": f"{_name()}/"}))
    before = len(account.executions("SummarizeBatchArn", "SUCCEEDED"))
    return lambda: len(account.executions("SummarizeBatchArn", "SUCCEEDED")) > before


def trip(account: Account) -> Done:
    lake = Bucket(account.cloud.client, account.cloud.outputs["LakeBucketName"])
    before = len(lake.keys("trips/"))
    chunk = f"{trips.HEADER}\n{next(trips.lines(1))}\n".encode()
    account.cloud.client("firehose").put_record(
        DeliveryStreamName=account.cloud.outputs["TripsStreamName"], Record={"Data": chunk}
    )
    return lambda: len(lake.keys("trips/")) > before


def _counted(account: Account, metric: str) -> float:
    return metrics.total(account.cloud.client("cloudwatch"), "Millrace/LLM", metric, f"{account.cloud.stack}-llm")


def log(account: Account) -> Done:
    at = datetime.now(UTC)
    body = builders.log(builders.converse(timestamp=at.strftime("%Y-%m-%dT%H:%M:%SZ"), requestId=_name()))
    before = _counted(account, "RecordsRead")
    key = builders.key(f"{int(at.timestamp() * 1000)}_{uuid.uuid4().hex[:16]}")
    Bucket(account.cloud.client, account.cloud.outputs["ModelLogsBucketName"]).put(key, body)
    return lambda: _counted(account, "RecordsRead") > before


def completion(account: Account) -> Done:
    at = datetime.now(UTC)
    (line,) = builders.lines(builders.converse(timestamp=at.strftime("%Y-%m-%dT%H:%M:%SZ"), requestId=_name()))
    before = _counted(account, "RecordsRead")
    account.cloud.client("kinesis").put_record(
        StreamName=account.cloud.outputs["CompletionsStreamName"], Data=line, PartitionKey=_name()
    )
    return lambda: _counted(account, "RecordsRead") > before


def measured(account: Account) -> Done:
    """A pair that every paid module measures: each of them has counted it."""
    before = _counted(account, "PaidCalls")
    log(account)
    return lambda: _counted(account, "PaidCalls") >= before + 3


def canary(account: Account) -> Done:
    """As the schedule calls it: asynchronously, and two tries more."""

    def asked() -> int:
        return int(account.switch("/_local/bedrock/usage", method="GET")["requests"])

    before = asked()
    name = account.cloud.physical_id("LlmCanary")
    account.cloud.client("lambda").invoke(FunctionName=f"{name}:live", InvocationType="Event", Payload=b"{}")
    return lambda: asked() > before


def question(account: Account, **wish: list[str]) -> Done:
    """Under a key of its own, so that it is no repeat; ``wish``: what the model writes."""
    desk, text = Desk(account.cloud), lake.question(uuid.uuid4().int % lake.LOANS + 1)
    if wish:
        desk.writes(text, **wish)
    identity = desk.ask(text, Idempotency_Key=_name())
    return lambda: desk.kept(identity) is not None


def refused_question(account: Account) -> Done:
    return question(account, statements=["DROP TABLE loans"])


WAYS: Mapping[str, Way] = {
    **dict.fromkeys(("NarrationStart", "NarrationPlan", "NarrationSynthesize", "NarrationMerge"), article),
    "NarrationPublish": article,
    "NarrationReject": refused_article,
    "NarrationRetag": new_title,
    "NarrationRemerge": new_sound,
    "DocumentsDelete": deletion,
    "LlmCanary": canary,
    **dict.fromkeys(("DocumentsClaim", "DocumentsInspect", "DocumentsTransform", "DocumentsEnrich"), document),
    **dict.fromkeys(("DocumentsSummarize", "DocumentsWrite"), document),
    "DocumentsAnalyze": page,
    **dict.fromkeys(("DocumentsStartAnalysis", "DocumentsFinishAnalysis", "DocumentsCollectAnalysis"), job),
    "DocumentsReject": refused_document,
    **dict.fromkeys(("DocumentsBatchPrepare", "DocumentsBatchReport"), batch),
    "TripsClean": trip,
    "LlmReadLogs": log,
    "LlmReadStream": completion,
    "LlmEvaluate": measured,
    "NarrationGiveUp": article,
    "DocumentsGiveUp": document,
    **dict.fromkeys(("QuestionsReadTables", "QuestionsGenerate", "QuestionsProve", "QuestionsJudge"), question),
    **dict.fromkeys(("QuestionsAnswer", "QuestionsGiveUp"), question),
    "QuestionsRefuse": refused_question,
    "KnowledgeIndex": knowledge.index,
    **dict.fromkeys(("KnowledgeRetrieve", "KnowledgeCompose", "KnowledgeAnswer", "KnowledgeGiveUp"), knowledge.ask),
    "KnowledgeRefuse": knowledge.refused,
    **dict.fromkeys(("KnowledgeListRepository", "KnowledgeSyncPortion", "KnowledgeFinishSync"), knowledge.sync),
    **dict.fromkeys(("TrainingStart", "TrainingClaim", "TrainingValidate", "TrainingPrepare"), training.train),
    **dict.fromkeys(("TrainingChoose", "TrainingEvaluate", "TrainingGate", "TrainingRegister"), training.train),
    **dict.fromkeys(("TrainingSmoke", "TrainingPoint", "TrainingRetire"), training.train),
    **dict.fromkeys(("TrainingEndpointDeploy", "TrainingEndpointLook"), training.endpoint),
    "TrainingApprovalAsk": training.asked,
    "TrainingApprovalDecided": training.decided,
    "TrainingRefuse": training.refused,
    "TrainingInventory": training.inventory,
}
TOO: Mapping[str, str] = {
    "NarrationGiveUp": "NarrationSynthesize",
    "DocumentsGiveUp": "DocumentsSummarize",
    "QuestionsGiveUp": "QuestionsGenerate",
    "KnowledgeGiveUp": "KnowledgeCompose",
}
"""Killed beside it: what gives up is only asked where another has died five times."""

HEALED: Mapping[str, str] = {
    "DocumentsFinishAnalysis": "whoever starts a job reads its status once, and answers for one that has ended by then",
}
"""Functions without which the work may come out all the same; what they did not take still waits for a redrive."""

ELSEWHERE: Mapping[str, str] = {
    "NarrationRedriveFailed": "an operator asks it, and hears that it died",
    "DocumentsRedriveFailed": "an operator asks it, and hears that it died",
    "QuestionsRedriveFailed": "an operator asks it, and hears that it died",
    "KnowledgeRedriveFailed": "an operator asks it, and hears that it died",
    "TrainingRedriveFailed": "an operator asks it, and hears that it died",
    "TrainingPredict": "whoever sends rows sends them again; the machine's own rows are tried again by Smoke",
    "QuestionsDoor": "whoever asks a question asks again, under the same key; tests/roads/questions kills it",
    "KnowledgeDoor": "whoever asks or searches does so again, under the same key; test_consumers_second kills it, too",
    "KnowledgeShow": "whoever opens a page of a document asks again",
    "TripsBuildTrainingSet": "whoever asks for a training set hears that it died",
    "ImagesUrlDoor": "whoever asks for a picture asks again",
}
"""Functions that consume nothing: who asks waits for the answer."""
