"""Dead letters -> where they were going, each by what it says of itself.

A message that its queue gave up goes back to that queue (``DeadLetterQueueSourceArn``, API reference, ReceiveMessage).
What a function never took of an asynchronous call is a record with ``requestPayload`` and the function's ARN, and is
called again (Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"). What a rule did not bring
names its target in ``TARGET_ARN`` (EventBridge User Guide, "Using dead-letter queues"). Records of a stream are not in
the message, only where they are (``KinesisBatchInfo``): they are read there, while the stream still has them, and put
on it once more. What a module of ``evaluate_pairs`` could not measure names its pairs and the module.

A message is deleted after it was sent on, so a run that breaks off may send one twice, and loses none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from operate import amounts
from operate.clients import Target

BATCH = 10
WAIT_SECONDS = 2
HIDDEN_SECONDS = 300
"""So long nobody else sees what this run looks at, and this run nothing twice."""


class Stays(Exception):
    """The message cannot be sent on; the sentence says why, without an id, so that its like are counted together."""


def again(target: Target, url: str, most: int, left: Counter[str]) -> Iterator[str]:
    """Sends on at most ``most`` messages of the queue; ``left`` counts what stays, by its reason."""
    sqs, sent, looked = target.client("sqs"), Counter[str](), 0
    while looked < most:
        messages = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(BATCH, most - looked),
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            break
        for message in messages:
            looked += 1
            try:
                sent[_send_on(target, url, message)] += 1
            except Stays as reason:
                left[f"dead letter: {reason}"] += 1
                continue
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        yield f"{amounts.of(sent.total(), 'dead letter')} sent on, {looked - sent.total()} stay"
    for place, count in sent.most_common():
        yield f"{count:>6}  to {place}"


def depth(target: Target, url: str) -> int:
    """Messages in a queue, those included that somebody has taken; about a minute late on AWS."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def _send_on(target: Target, url: str, message: dict[str, Any]) -> str:
    """Where it was sent. Raises Stays."""
    said = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
    body = _json(message["Body"])
    try:
        if "requestPayload" in body and "requestContext" in body:
            return _call(target, body["requestContext"]["functionArn"], body["requestPayload"])
        if "KinesisBatchInfo" in body:
            return _records(target, body["KinesisBatchInfo"])
        if {"bucket", "key", "modules"} <= body.keys():
            return _measure(target, message["Body"])
        if said.get("TARGET_ARN"):
            return _deliver(target, said["TARGET_ARN"], message["Body"])
        source = message.get("Attributes", {}).get("DeadLetterQueueSourceArn") or _only_source(target, url)
        return _queue(target, source, message)
    except ClientError as error:
        raise Stays(f"{error.response['Error']['Code']} from {error.operation_name}") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ParamValidationError) as error:
        raise Stays("it does not say where it was going as AWS says it; send it there by hand") from error


def _measure(target: Target, body: str) -> str:
    """A module that could not measure a batch of pairs is asked once more; the pairs are kept for a day."""
    machine = target.output("EvaluatePairsArn", "deploy it with UseLlm=true")
    target.client("stepfunctions").start_execution(stateMachineArn=machine, input=body)
    return _last(machine)


def _call(target: Target, function: str, payload: Any) -> str:
    arn = function.removesuffix(":$LATEST")
    target.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=json.dumps(payload).encode())
    return _last(arn)


def _deliver(target: Target, arn: str, body: str) -> str:
    service = arn.split(":")[2]
    if service == "lambda":
        return _call(target, arn, json.loads(body))
    if service == "sqs":
        return _queue(target, arn, {"Body": body})
    if service == "states":
        target.client("stepfunctions").start_execution(stateMachineArn=arn, input=body)
        return _last(arn)
    raise Stays(f"its rule's target is of {service}; send it there by hand")


def _queue(target: Target, arn: str, message: dict[str, Any]) -> str:
    sqs = target.client("sqs")
    url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    attributes = {
        name: {key: value[key] for key in ("DataType", "StringValue", "BinaryValue") if key in value}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    sqs.send_message(QueueUrl=url, MessageBody=message["Body"], MessageAttributes=attributes)
    return _last(arn)


def _only_source(target: Target, url: str) -> str:
    """Where nothing says whence a message came: the one queue that gives up to this one. Raises Stays."""
    sqs = target.client("sqs")
    urls = sqs.list_dead_letter_source_queues(QueueUrl=url).get("queueUrls", [])
    if len(urls) != 1:
        raise Stays("nothing says which queue it came from; docs/operations.md says what it may be")
    found = sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def _records(target: Target, batch: dict[str, Any]) -> str:
    """Puts the records of a batch that was given up on their stream once more. Raises Stays where they are gone."""
    kinesis, name = target.client("kinesis"), batch["streamArn"].rpartition("/")[2]
    iterator = kinesis.get_shard_iterator(
        StreamName=name,
        ShardId=batch["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=batch["startSequenceNumber"],
    )["ShardIterator"]
    last = int(batch["endSequenceNumber"])
    found: list[dict[str, Any]] = []
    while iterator and (not found or int(found[-1]["SequenceNumber"]) < last):
        answer = kinesis.get_records(ShardIterator=iterator)
        found += answer["Records"]
        if not answer["Records"] and not answer.get("MillisBehindLatest"):
            break
        iterator = answer.get("NextShardIterator")
    found = [record for record in found if int(record["SequenceNumber"]) <= last]
    if len(found) < int(batch["batchSize"]):
        raise Stays("the stream has its records no more")
    for record in found:
        kinesis.put_record(StreamName=name, Data=record["Data"], PartitionKey=record["PartitionKey"])
    return str(name)


def _json(body: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _last(arn: str) -> str:
    return arn.split(":", 6)[-1] if ":function:" in arn else arn.rpartition(":")[2]
