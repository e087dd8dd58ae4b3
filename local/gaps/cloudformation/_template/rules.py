"""What no schema says and the service refuses nevertheless, when the resource is made.

AWS: the sentences are those of CreateTable, CreateQueue, PutMetricAlarm, CreateEventSourceMapping,
CreateBucket and of IAM's policy grammar (their API references, and the IAM user guide, "Grammar of the IAM JSON
policy language").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from local.gaps._types import Json, Record
from local.gaps.cloudformation._template.policies import identity_policy, resource_policy, trust_policy

Sentences = Iterator[str]


def sentences(kind: str, properties: Record) -> Sentences:
    """Why the service refuses a resource with these properties, all of them known."""
    rule = _RULES.get(kind)
    if rule is not None:
        yield from rule(properties)


def _table(properties: Record) -> Sentences:
    invalid = "One or more parameter values were invalid: "
    defined = _names(properties.get("AttributeDefinitions"))
    keys = _names(properties.get("KeySchema"))
    indexes = [*_list(properties.get("GlobalSecondaryIndexes")), *_list(properties.get("LocalSecondaryIndexes"))]
    used = [*keys, *(name for index in indexes if isinstance(index, dict) for name in _names(index.get("KeySchema")))]
    if missing := [name for name in used if name not in defined]:
        yield (
            f"{invalid}Some index key attributes are not defined in AttributeDefinitions. Keys:"
            f" [{', '.join(missing)}], AttributeDefinitions: [{', '.join(defined)}]"
        )
    elif unused := [name for name in defined if name not in used]:
        yield (
            f"{invalid}Some AttributeDefinitions are not used. AttributeDefinitions: [{', '.join(unused)}],"
            f" keys used: [{', '.join(used)}]"
        )
    types = [str(key.get("KeyType")) for key in _list(properties.get("KeySchema")) if isinstance(key, dict)]
    if types and types[0] != "HASH":
        yield "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
    elif types[1:] and types[1:] != ["RANGE"]:
        yield "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"
    if properties.get("BillingMode") == "PAY_PER_REQUEST":
        if _positive(properties.get("ProvisionedThroughput")):
            yield (
                f"{invalid}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
                " PAY_PER_REQUEST"
            )
    elif "ProvisionedThroughput" not in properties:
        yield "No provisioned throughput specified for the table"


def _queue(properties: Record) -> Sentences:
    fifo, name = _true(properties.get("FifoQueue")), properties.get("QueueName")
    if name is not None and fifo != str(name).endswith(".fifo"):
        yield (
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with"
            " .fifo suffix and be 1 to 80 in length."
        )
    for attribute in ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"):
        if attribute in properties and not fifo:
            yield f"Unknown Attribute {attribute}."
    redrive = properties.get("RedrivePolicy")
    if isinstance(redrive, dict):
        for key in ("deadLetterTargetArn", "maxReceiveCount"):
            if key not in redrive:
                yield (
                    f"Value {redrive} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain"
                    f" mandatory attribute: {key}."
                )
        count = str(redrive.get("maxReceiveCount", 1))
        if not count.isdigit() or not 1 <= int(count) <= 1000:
            yield (
                f"Value {redrive} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount:"
                f" {count}, valid values are from 1 to 1000 both inclusive."
            )


def _mapping(properties: Record) -> Sentences:
    service = (str(properties.get("EventSourceArn", "")).split(":") + [""] * 3)[2]
    if service in ("kinesis", "dynamodb") and "StartingPosition" not in properties:
        yield (
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must"
            " not be null."
        )
    if service == "sqs" and "StartingPosition" in properties:
        yield "StartingPosition is not valid for SQS event sources."


def _alarm(properties: Record) -> Sentences:
    period = str(properties.get("Period", 60))
    if period.isdigit() and int(period) not in (10, 20, 30) and int(period) % 60:
        yield "Period must be 10, 20, 30 or a multiple of 60"
    if "Metrics" in properties and "MetricName" in properties:
        yield "MetricName must not be set when Metrics is set"
    elif "Metrics" not in properties and "MetricName" not in properties:
        yield "Either MetricName or Metrics must be set"
    if "Statistic" in properties and "ExtendedStatistic" in properties:
        yield "Statistic and ExtendedStatistic cannot both be set"


def _bucket(properties: Record) -> Sentences:
    controls = properties.get("OwnershipControls")
    rules = _list(controls.get("Rules")) if isinstance(controls, dict) else []
    owned = {rule.get("ObjectOwnership") for rule in rules if isinstance(rule, dict)} or {"BucketOwnerEnforced"}
    private = (None, "Private", "BucketOwnerFullControl", "BucketOwnerRead")
    if properties.get("AccessControl") not in private and "BucketOwnerEnforced" in owned:
        yield "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"


def _role(properties: Record) -> Sentences:
    yield from trust_policy(properties.get("AssumeRolePolicyDocument"))
    yield from _inline(properties)


def _inline(properties: Record) -> Sentences:
    for policy in _list(properties.get("Policies")):
        if isinstance(policy, dict):
            yield from identity_policy(policy.get("PolicyDocument"))


def _identity(properties: Record) -> Sentences:
    yield from identity_policy(properties.get("PolicyDocument"))


def _resource(properties: Record) -> Sentences:
    yield from resource_policy(properties.get("PolicyDocument"))


def _key(properties: Record) -> Sentences:
    yield from resource_policy(properties.get("KeyPolicy"))


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _names(value: Json) -> list[str]:
    return [str(one.get("AttributeName")) for one in _list(value) if isinstance(one, dict)]


def _true(value: Json) -> bool:
    return str(value).lower() == "true"


def _positive(throughput: Json) -> bool:
    return isinstance(throughput, dict) and any(str(units) != "0" for units in throughput.values())


_RULES: dict[str, Callable[[Record], Sentences]] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::DynamoDB::Table": _table,
    "AWS::IAM::Group": _inline,
    "AWS::IAM::ManagedPolicy": _identity,
    "AWS::IAM::Policy": _identity,
    "AWS::IAM::Role": _role,
    "AWS::IAM::User": _inline,
    "AWS::KMS::Key": _key,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::TopicPolicy": _resource,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _resource,
}
