"""Remerge: an object under ``sounds/`` appeared, changed or went -> the articles that use it are merged again.

One execution of the article's own state machine for each, from the message that is published now: no text has changed,
so nothing is billed, and Plan sees by the sound's entity tag what is to be done.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from common import aws, batches, executions, settings
from common.objects import Bucket
from common.observability import Context, logger, observed
from narration.publishing import sound_uses

KIND = "remerge"
STARTERS = 16
"""Threads that look at articles; a jingle may be in every article there is, and each costs two or three requests."""


@dataclass(frozen=True)
class Settings:
    audio_bucket: str
    machine_arn: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """SQS batch of EventBridge's S3 events in, the failed messages' ids out."""
    return batches.each(event, _sound)


def _sound(record: batches.Record) -> None:
    parameters = settings.read(Settings)
    audio = Bucket(parameters.audio_bucket)
    event = json.loads(record["body"])
    # Events may come late and out of order: what counts is the sound as it is now.
    sound = event["detail"]["object"]["key"]
    etag = sound_uses.states(audio, [sound])[sound]
    articles = sound_uses.articles(audio, sound)
    # boto3 makes clients in one thread only (boto3 guide, "Multithreading or multiprocessing with clients").
    aws.client("stepfunctions")
    # Submitted, not mapped: after an error map would cancel the others, and the next try would come no further.
    with ThreadPoolExecutor(STARTERS) as pool:
        looks = [
            pool.submit(_article, audio, parameters.machine_arn, article, sound, etag, event["id"])
            for article in articles
        ]
    started = sum(look.result() for look in looks)
    logger().info("sound changed", extra={"sound": sound, "articles": len(articles), "started": started})


def _article(audio: Bucket, machine_arn: str, article: str, sound: str, etag: str, event_id: str) -> bool:
    """Starts a re-merge if the published edition of the article was made with another state of the sound.

    True where there is an execution for it. The event's id is part of the work: a sound that is taken away and put
    back, with the same bytes, is work again.
    """
    outdated = sound_uses.outdated(audio, article, sound, etag)
    if outdated is None:
        return False
    work = executions.digest(*(part.encode() for part in (str(outdated.edition), sound, etag, event_id)))
    started = executions.start(machine_arn, KIND, work, {"message": outdated.message})
    logger().info("merged again", extra={"execution": started.arn, "sound": sound, "duplicate": started.duplicate})
    return True
