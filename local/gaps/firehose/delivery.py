"""Firehose: buffering, transformation by Lambda, and delivery to S3, every failure path included.

AWS: collects records by size and time, calls the function with a batch, calls it again when it fails (three times by
default) and then puts the batch under the error prefix; a record that the function fails, forgets or answers twice
goes there too, each as a line of JSON (Firehose developer guide, "Transform source data", "Handle failure in data
transformation"; retries, codes and members as measured on AWS, see ``_records``). Results are joined into one
object by size and time (BufferingHints), compressed or converted as a whole; bad records of a conversion go to the
error prefix alone. Everything is done with the role of the destination. PutRecordBatch takes 4 MiB (API reference).
MiniStack: writes an object for every record at once, delivers raw records where the function fails or forgets them,
loses records with ProcessingFailed, ignores GZIP, fails a whole object for one record that cannot be converted, and
asks no role.

Buffers live in memory: what waits when the process ends is lost. LOCAL_FIREHOSE_SECONDS shortens both intervals.
"""

from __future__ import annotations

import datetime
import gzip
import itertools
import json
import logging
import os
import threading
import time
import uuid
import zoneinfo
from collections.abc import Callable, Sequence
from functools import lru_cache

from ministack.core.responses import get_account_id, get_region
from ministack.services import firehose as fh
from ministack.services import lambda_svc

from local.gaps import _authority, _deliver, _seams
from local.gaps._types import Answer, Json, Record, json_error
from local.gaps.cloudwatch.metric_data import store
from local.gaps.firehose import _parquet
from local.gaps.firehose._buffer import Buffer
from local.gaps.firehose._records import (
    ACCESS_DENIED,
    FUNCTION_ERROR,
    PARTITIONS,
    Arrived,
    Failure,
    Processor,
    Ready,
    batches,
    error_line,
    event_records,
    judge,
    problem,
    processor,
)

LEANS_ON = {
    **_authority.LEANS_ON,
    **_deliver.LEANS_ON,
    **_parquet.LEANS_ON,
    "services.firehose._deliver_records_to_s3": "(stream, dest, records)",
    "services.firehose._create_delivery_stream": "(data)",
    "services.firehose._resolve_dest_type_and_config": "(data)",
    "services.firehose._put_record_batch": "(data)",
    "services.firehose._HANDLERS": "dict",
    "services.firehose._evaluate_prefix": "(template, t, query_keys=None, lambda_keys=None, error_type=None)",
    "services.firehose._java_time": "(pattern, t)",
    "services.firehose._metadata_extraction_keys": "(cfg, data)",
    "services.firehose._s3_bucket_from_arn": "(bucket_arn)",
    "services.lambda_svc._execute_function_with_config_scope": "(func, event)",
}

MOST_ANSWER_BYTES = 6 * 1024 * 1024
MOST_BATCH_BYTES = 4 * 1024 * 1024
MOST_RECORD_BYTES = 1000 * 1024
MOST_PARTITIONS = 500  # Firehose quotas: active partitions of a stream
_SESSION = "firehose"
_WRITE_TRIES = 4
_WRITE_SECONDS, _WRITE_PAUSE = 24 * 3600, 2.0

_log = logging.getLogger("local.gaps.firehose.delivery")


class Pipe:
    """One destination of one stream: arrivals -> function -> objects. The configuration is read when it is used."""

    def __init__(self, stream: Record, dest: Record) -> None:
        self.stream, self.dest = stream, dest
        self._lock = threading.Lock()
        found = processor(self.config)
        self._arrivals = Buffer[Arrived](found.size_bytes, _seconds(found.seconds), self._transform) if found else None
        self._objects: dict[str, Buffer[Ready]] = {}

    @property
    def config(self) -> Record:
        return dict(self.dest["config"])

    def add(self, records: Sequence[tuple[str, bytes]]) -> None:
        now = int(time.time() * 1000)
        for record_id, data in records:
            self._count("IncomingRecords", "Count", 1)
            self._count("IncomingBytes", "Bytes", len(data))
            arrived = Arrived(record_id, data, now)
            if self._arrivals is None:
                self._partition(Ready(data, now))
            else:
                self._arrivals.add(arrived, len(data))

    def _transform(self, records: list[Arrived]) -> None:
        wanted = processor(self.config)
        if wanted is None:  # switched off while they waited
            for record in records:
                self._partition(Ready(record.data, record.at))
            return
        for batch in batches(records, wanted.size_bytes):
            ready, failed = self._call(wanted, batch)
            for item in ready:
                self._partition(item)
            more = {"lambdaARN": wanted.function}
            self._fail("processing-failed", [(r.data, r.at, failure) for r, failure in failed], more)
            self._count("SucceedProcessing.Records", "Count", len(batch) - len(failed))

    def _call(self, wanted: Processor, batch: list[Arrived]) -> tuple[list[Ready], list[tuple[Arrived, Failure]]]:
        """Calls the function until it answers; what it answers is final, however wrong it is."""
        tries = wanted.retries + 1
        code, message = FUNCTION_ERROR
        for attempt in range(tries):
            if _authority.role_may(self.config["RoleARN"], _SESSION, "lambda:InvokeFunction", wanted.function):
                code, message = ACCESS_DENIED
                continue
            event = {
                "invocationId": str(uuid.uuid4()),
                "deliveryStreamArn": self.stream["arn"],
                "region": get_region(),
                "records": event_records(batch),
            }
            try:
                func = _deliver.function_record(wanted.function)
                result: Record = lambda_svc._execute_function_with_config_scope(func, event)
            except _deliver.UndeliverableError as gone:
                _log.warning("Stream %s: %s", self.stream["name"], gone)
                continue
            body = _body(result.get("body"))
            too_large = len(json.dumps(body)) > MOST_ANSWER_BYTES
            if not result.get("error") and not result.get("throttle") and not too_large:
                self._count("ExecuteProcessing.Success", "Count", 1)
                return judge(batch, body)
            code, message = FUNCTION_ERROR
            time.sleep(0.1 * 2**attempt if attempt + 1 < tries else 0)
        self._count("ExecuteProcessing.Success", "Count", 0)
        return [], [(record, Failure(code, message, tries)) for record in batch]

    def _partition(self, item: Ready) -> None:
        """Into the buffer of its partition; a record whose prefix cannot be made goes to the error prefix."""
        config = self.config
        query: Record | None = None
        try:
            if (config.get("DynamicPartitioningConfiguration") or {}).get("Enabled"):
                query = fh._metadata_extraction_keys(config, item.data)
            fh._evaluate_prefix(config.get("Prefix", ""), self._time(item.at), query, item.keys)
        except fh._DeliveryError as error:
            failure = Failure(error.code or "DynamicPartitioning.MetadataExtractionFailed", error.message)
            self._fail(error.output_type, [(item.data, item.at, failure)], {})
            return
        data = item.data + b"\n" if _appends_delimiter(config) else item.data
        name = json.dumps([query, item.keys], sort_keys=True)
        hints = config.get("BufferingHints") or {}
        with self._lock:
            waiting = sum(one.waits for other, one in self._objects.items() if other != name)
            if waiting < MOST_PARTITIONS and name not in self._objects:
                limit = int(float(hints.get("SizeInMBs", 5)) * 1024 * 1024)
                seconds = _seconds(float(hints.get("IntervalInSeconds", 300)))

                def flush(items: list[Ready]) -> None:
                    self._deliver(items, query)

                self._objects[name] = Buffer(limit, seconds, flush)
            if waiting < MOST_PARTITIONS:
                self._objects[name].add(Ready(data, item.at, item.keys), len(data))
                return
        self._count("PartitionCountExceeded", "Count", 1)
        self._fail("processing-failed", [(item.data, item.at, PARTITIONS)], {})

    def _deliver(self, items: list[Ready], query: Record | None) -> None:
        """One object: joined, converted or compressed, under the prefix of its oldest record."""
        config = self.config
        oldest = min(item.at for item in items)
        prefix = fh._evaluate_prefix(config.get("Prefix", ""), self._time(oldest), query, items[0].keys)
        conversion = config.get("DataFormatConversionConfiguration") or {}
        body, extension = b"".join(item.data for item in items), ""
        if conversion and conversion.get("Enabled", True) in (True, "true"):
            body, extension = self._converted(conversion, items), ".parquet"
        elif config.get("CompressionFormat") == "GZIP":
            body, extension = gzip.compress(body, mtime=0), ".gz"
        if body:
            key = f"{prefix}{self._name(oldest)}{config.get('FileExtension') or extension}"
            if self._put(key, body):
                self._count("DeliveryToS3.Records", "Count", len(items))
                self._count("DeliveryToS3.Bytes", "Bytes", len(body))
                self._count("DeliveryToS3.DataFreshness", "Seconds", time.time() - oldest / 1000)

    def _converted(self, conversion: Record, items: list[Ready]) -> bytes:
        try:
            body, bad = _parquet.convert(conversion, [item.data for item in items])
        except fh._DeliveryError as error:
            body, bad = b"", [(index, error) for index in range(len(items))]
        schema = conversion.get("SchemaConfiguration") or {}
        table = {
            "catalogId": schema.get("CatalogId") or get_account_id(),
            "databaseName": schema.get("DatabaseName"),
            "tableName": schema.get("TableName"),
            "region": schema.get("Region") or get_region(),
            "versionId": schema.get("VersionId", "LATEST"),
        }
        failures = [(items[index].data, items[index].at, Failure(_code(error), str(error))) for index, error in bad]
        self._fail("format-conversion-failed", failures, {"dataCatalogTable": table})
        self._count("FailedConversion.Records", "Count", len(failures))
        return body

    def _fail(self, kind: str, failures: Sequence[tuple[bytes, int, Failure]], more: Record) -> None:
        """Write failed records as lines of one object under the error prefix."""
        if not failures:
            return
        config, ended = self.config, int(time.time() * 1000)
        oldest = min(at for _, at, _ in failures)
        moment = self._time(oldest)
        wanted = config.get("ErrorOutputPrefix") or f"{config.get('Prefix', '')}{kind}/"
        prefix = fh._evaluate_prefix(wanted, moment, error_type=kind)
        body = b"".join(error_line(data, at, failure, ended, more) for data, at, failure in failures)
        self._put(f"{prefix}{self._name(oldest)}", body)

    def _put(self, key: str, body: bytes) -> bool:
        """With the destination's role. While S3 is busy it is tried for 24 hours, as on AWS; what does not pass by
        itself, such as a missing right, a few times, which AWS would try as long, and there is a line in the log."""
        from botocore.exceptions import BotoCoreError, ClientError

        role = str(self.config["RoleARN"])
        _authority.role_credentials(role, _SESSION)  # alive again after a reset of the server
        bucket = fh._s3_bucket_from_arn(self.config["BucketARN"])
        begun = time.monotonic()
        for attempt in itertools.count(1):
            try:
                with _client_lock:
                    client = _client(role, get_region())
                client.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/octet-stream")
            except (ClientError, BotoCoreError) as error:
                self._count("DeliveryToS3.Success", "Count", 0)
                _log.warning("Stream %s cannot write %s: %s", self.stream["name"], key, error)
                if time.monotonic() - begun > _WRITE_SECONDS if _passes(error) else attempt >= _WRITE_TRIES:
                    break
                time.sleep(min(_WRITE_PAUSE, 0.1 * 2**attempt))
            else:
                self._count("DeliveryToS3.Success", "Count", 1)
                return True
        _log.error("Stream %s gave %s up (%d bytes are lost)", self.stream["name"], key, len(body))
        return False

    def _name(self, at: int) -> str:
        stamp = fh._java_time("yyyy-MM-dd-HH-mm-ss", self._time(at))
        return f"{self.stream['name']}-{self.stream.get('version', 1)}-{stamp}-{uuid.uuid4()}"

    def _time(self, at: int) -> time.struct_time:
        zone = zoneinfo.ZoneInfo(self.config.get("CustomTimeZone") or "UTC")
        return datetime.datetime.fromtimestamp(at / 1000, zone).timetuple()

    def _count(self, metric: str, unit: str, value: float) -> None:
        store("AWS/Firehose", metric, {"DeliveryStreamName": self.stream["name"]}, time.time(), unit, [float(value)])


def _passes(error: Exception) -> bool:
    """Whether S3 may take it later: it is busy, or it did not answer."""
    answer = getattr(error, "response", {}).get("ResponseMetadata", {})
    return bool(answer.get("HTTPStatusCode", 503) >= 500)


_pipes: dict[tuple[str, str, str], Pipe] = {}
_pipes_lock = threading.Lock()
_client_lock = threading.Lock()


@lru_cache(maxsize=64)
def _client(role: str, region: str) -> Json:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{os.environ.get('GATEWAY_PORT', '4566')}",
        config=Config(retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"}),
        **_authority.role_credentials(role, _SESSION),
    )


def _seconds(configured: float) -> float:
    return min(configured, float(os.environ.get("LOCAL_FIREHOSE_SECONDS") or configured))


def _code(error: Exception) -> str:
    return str(getattr(error, "code", None) or "DataFormatConversion.ConversionFailureException")


def _body(body: Json) -> Json:
    try:
        return json.loads(body) if isinstance(body, str | bytes) else body
    except ValueError:
        return None


def _appends_delimiter(config: Record) -> bool:
    processing = config.get("ProcessingConfiguration") or {}
    kinds = [entry.get("Type") for entry in processing.get("Processors") or []]
    return bool(processing.get("Enabled")) and "AppendDelimiterToRecord" in kinds


def _buffered(_original: Callable[..., None]) -> Callable[..., None]:
    def deliver_records_to_s3(stream: Record, dest: Record, records: Sequence[tuple[str, bytes]]) -> None:
        key = (get_account_id(), get_region(), f"{stream['arn']}/{dest['id']}")
        with _pipes_lock:
            pipe = _pipes.get(key)
            if pipe is None or pipe.dest is not dest:
                pipe = _pipes[key] = Pipe(stream, dest)
        pipe.add(records)

    return deliver_records_to_s3


def _checked(create: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def create_delivery_stream(data: Record) -> Answer:
        kind, config = fh._resolve_dest_type_and_config(data)
        wrong = problem(config) if kind in ("ExtendedS3", "S3") and config is not None else None
        return json_error("InvalidArgumentException", wrong) if wrong else create(data)

    return create_delivery_stream


def _bounded(put: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def put_record_batch(data: Record) -> Answer:
        # Base64 on the wire: four characters are three bytes, less the padding.
        texts = [str(record.get("Data", "")) for record in data.get("Records", [])]
        sizes = [len(text) // 4 * 3 - text[-2:].count("=") for text in texts]
        if sum(sizes) > MOST_BATCH_BYTES:
            return json_error("InvalidArgumentException", "Records size exceeds 4 MB limit")
        if any(size > MOST_RECORD_BYTES for size in sizes):
            return json_error("InvalidArgumentException", "A record is larger than 1,000 KiB")
        return put(data)

    return put_record_batch


def _dispatched(handlers: dict[str, Callable[[Record], Answer]]) -> dict[str, Callable[[Record], Answer]]:
    """Requests are dispatched by this table, CloudFormation calls the module's names."""
    handlers.update(CreateDeliveryStream=fh._create_delivery_stream, PutRecordBatch=fh._put_record_batch)
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.firehose._deliver_records_to_s3", _buffered)
    _seams.replace("services.firehose._create_delivery_stream", _checked)
    _seams.replace("services.firehose._put_record_batch", _bounded)
    _seams.replace("services.firehose._HANDLERS", _dispatched)
