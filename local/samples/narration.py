"""The narration samples: what they refer to, under the hashes of their content, and how they are written anew.

The articles in events/narration are written by hand. Most other samples are about an article of their own,
made of those: what one of them does leaves the others with something to do, in any order. Plans are made by the
function itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from local.samples import quiet, tokens
from local.samples.requests import asks
from local.samples.stack import EVENTS, SeedError, Stack

Document = dict[str, Any]
FOLDER = EVENTS / "narration"
SOUND = "sounds/gong.wav"
PLANNED = ("synthesize", "merge", "publish", "retag")
OWN = (*PLANNED, "plan", "remerge", "narrate_article", "redriven")
"""Samples with an article of their own."""
REQUEST = "0a1b2c3d-0000-4000-8000-000000000001"


def body(article: str) -> str:
    """An article as `aws sns publish --message file://...` sends it: the file, to the last line end."""
    return (FOLDER / f"{article}.json").read_text(encoding="utf-8")


def own(sample: str) -> str:
    """The article that belongs to a sample. It shares no paragraph with another, whose audio would be used again."""
    article = json.loads(body("article_premium" if sample == "remerge" else "article"))
    name = sample.replace("_", " ")
    article["id"], article["title"] = f"samples/{sample}", f"An article for {name}"
    texts = (f"This is the article that the sample of {name} is about.", f"Whatever {name} does, it does to this one.")
    article["paragraphs"] = [
        {"kind": "heading", "text": article["title"]},
        *({"kind": "text", "text": text} for text in texts),
    ]
    return json.dumps(article, ensure_ascii=False)


def corrected(text: str) -> str:
    """The next version of an article, of which only the title differs."""
    article = json.loads(text)
    return json.dumps({**article, "version": article["version"] + 1, "title": article["title"] + "!"})


def key(text: str) -> str:
    """Where NarrationStart keeps a message (functions/common/executions.py, `digest`)."""
    content = text.encode()
    return f"inbox/{hashlib.sha256(len(content).to_bytes(8, 'big') + content).hexdigest()[:40]}.json"


def seeded(stack: Stack) -> bool:
    """Whether that was done."""
    return any(stack.keys("AudioBucketName", SOUND))


def seed(stack: Stack) -> list[str]:
    """Puts everything there, by the functions themselves; what it put where."""
    _seed(stack)
    bucket = stack.outputs["AudioBucketName"]
    return [
        f"narration: s3://{bucket}/inbox/, the messages that the samples name",
        f"narration: s3://{bucket}/, plans, fragments and editions of the articles samples/*",
        f"narration: s3://{bucket}/{SOUND}, of which NarrationRemerge was not told",
        f"narration: {stack.outputs['NarrationFailedQueueUrl']}, one aborted execution",
    ]


def _seed(stack: Stack) -> dict[str, Document]:
    """What Plan said of each sample's article, before anything was made of it."""
    for text in _texts():
        stack.put("AudioBucketName", key(text), text.encode(), "application/json")
    plans: dict[str, Document] = {name: stack.invoke("NarrationPlan", {"message": key(own(name))}) for name in PLANNED}
    _synthesize(stack, plans["merge"])
    for name in ("publish", "retag"):
        if plans[name]["action"] == "synthesize":
            _synthesize(stack, plans[name])
            stack.invoke("NarrationMerge", plans[name])
    if plans["retag"]["action"] == "synthesize":
        stack.invoke("NarrationPublish", {**plans["retag"], "ranges": []})
    plans["retag"] = stack.invoke("NarrationPlan", {"message": key(corrected(own("retag")))})
    _remerge(stack)
    event = {"message": key(own("redriven"))}
    machine, queue = (stack.outputs[name] for name in ("NarrateArticleArn", "NarrationFailedQueueUrl"))
    quiet.failed_execution(stack, machine, queue, event)
    return plans


def _texts() -> Iterator[str]:
    yield from map(body, ("article", "article_premium", "article_invalid"))
    yield from map(own, OWN)
    yield corrected(own("retag"))


def _synthesize(stack: Stack, plan: Document) -> None:
    queue = stack.physical_id("SpeechNextQueue").rpartition("/")[2]
    for work in works(plan):
        token, _ = tokens.fresh(stack.client)
        stack.invoke("NarrationSynthesize", asks.asked(work, token, queue, at=asks.AT))


def works(plan: Document) -> list[Document]:
    """The work behind each message about a plan's ranges: what the state machine sends beside the token."""
    return [{**span, **{name: plan[name] for name in ("edition", "article", "version")}} for span in plan["ranges"]]


def _remerge(stack: Stack) -> None:
    """Publishes an article that wants a sound, and uploads the sound afterwards."""
    name = key(own("remerge"))
    stack.run(stack.outputs["NarrateArticleArn"], f"sample-{name[6:46]}", {"message": name})
    quiet.upload(stack, "NarrationRemerge", lambda: stack.put("AudioBucketName", SOUND, gong(), "audio/wav"))


def gong() -> bytes:
    """Half a second of a square wave, as WAV."""
    import io
    import wave

    content = io.BytesIO()
    with wave.open(content, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(24_000)
        out.writeframes((b"\x00\x10" * 50 + b"\x00\xf0" * 50) * 120)
    return content.getvalue()


def samples(stack: Stack) -> dict[str, Document]:
    """Every sample by its file's name without suffix, as the functions of a stack that was not seeded yet make it.

    Raises SeedError where something was made of their articles before.
    """
    plans = _seed(stack)
    if plans["merge"]["counts"]["reused"]:
        raise SeedError("The samples can be written on a stack alone that was not seeded yet; start a new local cloud.")
    invalid = key(body("article_invalid"))
    return {
        "start": asks.batch("ArticlesQueue", [body("article"), body("article_premium")]),
        "narrate_article": {"message": key(own("narrate_article"))},
        "plan": {"message": key(own("plan"))},
        "synthesize": asks.asked(works(plans["synthesize"])[0], "${TaskToken}", "${SpeechFirstQueueName}"),
        "give_up": asks.asked(works(plans["synthesize"])[0], "${TaskToken}", "${SpeechDeadLettersName}"),
        "merge": plans["merge"],
        "publish": {**plans["publish"], "ranges": []},
        "retag": plans["retag"],
        "reject": {"message": invalid, "error": _refusal(stack, invalid), "at": asks.AT},
        "remerge": asks.batch("SoundsQueue", [json.dumps(_uploaded(SOUND))]),
        "redrive_failed": {"most": 10},
    }


def written(document: Document) -> str:
    """A sample as it stands in its file."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def write(stack: Stack) -> list[str]:
    """Writes the samples anew, after a change of what the functions hand on; the files' names."""
    made = samples(stack)
    for name, document in made.items():
        (FOLDER / f"{name}.json").write_text(written(document), encoding="utf-8")
    return [f"events/narration/{name}.json" for name in made]


def _refusal(stack: Stack, message: str) -> Document:
    """What Step Functions hands over for a Python exception: its class name, and Lambda's report as text."""
    answer = stack.client("lambda").invoke(
        FunctionName=stack.physical_id("NarrationPlan"), Payload=json.dumps({"message": message}).encode()
    )
    report = json.loads(answer["Payload"].read())
    cause = {**report, "requestId": REQUEST, "stackTrace": []}
    return {"Error": report["errorType"], "Cause": json.dumps(cause)}


def _uploaded(key: str) -> Document:
    """EventBridge's event for an upload (S3 user guide, "EventBridge event message structure")."""
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": asks.AT[:19] + "Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::${AudioBucketName}"],
        "detail": {
            "version": "0",
            "bucket": {"name": "${AudioBucketName}"},
            "object": {
                "key": key,
                "size": 48044,
                "etag": "b1946ac92492d2347c6235b4d2611184",
                "sequencer": "00617F08299329D189",
            },
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "123456789012",
            "source-ip-address": "192.0.2.1",
            "reason": "PutObject",
        },
    }
