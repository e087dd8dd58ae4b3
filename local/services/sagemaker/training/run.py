"""A training job's life: Starting, Downloading, Training, Uploading, and one of Completed, Failed, Stopped."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.services.sagemaker.errors import Invalid
from local.services.sagemaker.store import LOCK, Record, Thing, now
from local.services.sagemaker.training import channels, environment, process
from local.services.sagemaker.training.archives import Unpackable, pack, unpack
from local.services.sagemaker.training.channels import JobError
from local.services.sagemaker.training.layout import HINT, Layout, arguments, read, variables, write_configuration
from local.services.sagemaker.training.logs import Log
from local.services.sagemaker.training.process import Ending
from local.services.sagemaker.world import act_in, client, split, tell

EVENT = "SageMaker Training Job State Change"
GROUP = "/aws/sagemaker/TrainingJobs"
ENDED = ("Completed", "Failed", "Stopped")
MOST_REASON = 1_024
_LAST_LINES = 12
_DAY = 86_400
_MESSAGES = {
    "Starting": "Starting the training job",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}


def enter(job: Thing, secondary: str, **members: Any) -> None:
    """The job's next secondary status, with other members that change at once, and an event of it; a job that has
    ended stays as it is."""
    at = now()
    with LOCK:
        if job.members["TrainingJobStatus"] in ENDED:
            return
        passed: list[Record] = job.members["SecondaryStatusTransitions"]
        if passed:
            passed[-1] = {**passed[-1], "EndTime": at}
        step = {"Status": secondary, "StartTime": at, "StatusMessage": _MESSAGES[secondary]}
        ending = {"EndTime": at} if members.get("TrainingJobStatus") in ENDED else {}
        job.members |= {
            "SecondaryStatus": secondary,
            "SecondaryStatusTransitions": [*passed, {**step, **ending}],
            "LastModifiedTime": at,
            **members,
        }
    tell(EVENT, job)


def run(job: Thing, refused: Any) -> None:
    """The whole job, in a thread of its own; whatever goes wrong ends it as Failed."""
    act_in(job.place)
    root = Path(tempfile.mkdtemp(prefix="sagemaker-job-"))
    logs = client("logs", job.members["RoleArn"], job.place)
    log = Log(logs, GROUP, f"{job.name}/algo-1-{int(time.time())}", refused)
    try:
        _run(job, Layout(root), log)
    except JobError as error:
        log.line(str(error))
        log.end()  # who sees the end may look into the log
        _fail(job, str(error))
    except Exception as error:  # noqa: BLE001 - a defect of this engine must end the job, not leave it InProgress
        _fail(job, f"InternalServerError: {type(error).__name__}: {error}")
    finally:
        log.end()
        shutil.rmtree(root, ignore_errors=True)


def _fail(job: Thing, reason: str) -> None:
    at = now()
    enter(job, "Failed", TrainingJobStatus="Failed", FailureReason=reason[:MOST_REASON], TrainingEndTime=at)


def _stopping(job: Thing) -> bool:
    return bool(job.kept.get("stop"))


def _run(job: Thing, layout: Layout, log: Log) -> None:
    request = job.kept["request"]
    s3 = client("s3", request["RoleArn"], job.place)
    layout.make()
    enter(job, "Downloading")
    for channel in request.get("InputDataConfig", ()):
        folder = layout.channel(channel["ChannelName"])
        folder.mkdir()
        channels.download(s3, channel, folder, request["RoleArn"])
    program, source = _program(s3, request, layout)
    write_configuration(layout, request)
    python = _python(log)
    if _stopping(job):
        enter(job, "Stopped", TrainingJobStatus="Stopped", TrainingEndTime=now())
        return
    enter(job, "Training", TrainingStartTime=now())
    metrics = _Metrics(request)

    def on_line(text: str) -> None:
        log.line(text)
        metrics.look(text)

    ending = process.run(
        [str(python), program, *arguments(request)],
        layout.code,
        variables(layout, request, program, source),
        on_line,
        request["StoppingCondition"].get("MaxRuntimeInSeconds", _DAY),
        lambda: _stopping(job),
    )
    with LOCK:
        job.members |= {"FinalMetricDataList": metrics.final()} if metrics.final() else {}
    _end(job, layout, log, ending, s3)


def _python(log: Log) -> Path:
    try:
        return environment.python(log.line)
    except environment.EnvironmentMissing as error:
        raise JobError(f"InternalServerError: {error}") from error


def _program(s3: Any, request: Record, layout: Layout) -> tuple[str, str]:
    """The program's file and its archive's address, unpacked into the job's folder. Raises JobError."""
    from botocore.exceptions import ClientError

    given = request.get("HyperParameters", {})
    program, source = (str(read(given.get(f"sagemaker_{name}", ""))) for name in ("program", "submit_directory"))
    if not program or not source:
        raise JobError(
            "AlgorithmError: the local cloud runs programs in script mode only: the hyperparameters sagemaker_program "
            "and sagemaker_submit_directory are missing, exit code: 1"
        )
    try:
        bucket, key = split(source)
        with tempfile.TemporaryFile() as archive:
            shutil.copyfileobj(s3.get_object(Bucket=bucket, Key=key)["Body"], archive)
            archive.seek(0)
            unpack(archive, layout.code)
    except ClientError as error:
        raise JobError(f"AlgorithmError: framework error: {error} ({source}), exit code: 1") from error
    except (Unpackable, Invalid) as error:
        raise JobError(f"AlgorithmError: framework error: {source}: {error}, exit code: 1") from error
    if not (layout.code / program).is_file():
        there = ", ".join(sorted(path.name for path in layout.code.iterdir())) or "nothing"
        raise JobError(
            f"AlgorithmError: ExecuteUserScriptError: can't open file '{program}': {source} holds {there} at its top, "
            "exit code: 2"
        )
    return program, source


def _end(job: Thing, layout: Layout, log: Log, ending: Ending, s3: Any) -> None:
    """What becomes of the job once its program has ended."""
    job.kept["peak"] = ending.peak
    empty = not any(layout.model.iterdir())
    hint = HINT if (empty or ending.code) and layout.names_opt_ml() else ""
    if hint:
        log.line(hint)
    if ending.why == "memory":
        log.line(f"The local cloud ended the job: {ending.peak >> 20} MB in use (switch limits, memory_mb).")
        raise JobError(
            "ClientError: Please use an instance type with more memory, or reduce the size of training data processed "
            f"on an instance., exit code: {ending.code}"
        )
    if not ending.why and ending.code:
        raise JobError(_reason(layout, log, ending.code, hint))
    log.end()  # who sees the end may look into the log
    enter(job, "Uploading")
    _upload(job, layout, s3)
    at = now()
    spent = max(1, round(at - job.members["TrainingStartTime"]))
    times = {"TrainingEndTime": at, "TrainingTimeInSeconds": spent, "BillableTimeInSeconds": spent}
    if ending.why:
        status = "MaxRuntimeExceeded" if ending.why == "time" else "Stopped"
        enter(job, status, TrainingJobStatus="Stopped", **times)
    else:
        enter(job, "Completed", TrainingJobStatus="Completed", **times)


def _reason(layout: Layout, log: Log, code: int, hint: str) -> str:
    """FailureReason: what the program left in output/failure, else the end of what it printed."""
    if layout.failure.is_file():
        return f"AlgorithmError: {layout.failure.read_text(errors='replace')[: MOST_REASON - 64]}, exit code: {code}"
    said = "\n".join(line for line in log.last[-_LAST_LINES:] if line != hint)
    head = f'AlgorithmError: ExecuteUserScriptError:\nExitCode {code}\n{hint}{chr(10) if hint else ""}ErrorMessage "'
    tail = f'", exit code: {code}'
    return f"{head}{said[-(MOST_REASON - len(head) - len(tail)) :]}{tail}"


def _upload(job: Thing, layout: Layout, s3: Any) -> None:
    """model.tar.gz, even of an empty folder, and output.tar.gz where there is anything. Raises JobError."""
    from botocore.exceptions import ClientError

    output = job.members["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    sealed = job.members["OutputDataConfig"].get("KmsKeyId")
    more = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": sealed} if sealed else {}
    for name, folder in (("model", layout.model), ("output", layout.data)):
        if name == "output" and not any(folder.iterdir()):
            continue
        uri = f"{output}/{job.name}/output/{name}.tar.gz"
        bucket, key = split(uri)
        try:
            with _packed(folder) as archive:
                s3.put_object(Bucket=bucket, Key=key, Body=archive, **more)
        except ClientError as error:
            said = error.response["Error"]
            raise JobError(f"ClientError: Artifact upload failed:{said['Code']}: {said.get('Message', '')}") from error
        if name == "model":
            with LOCK:
                job.members["ModelArtifacts"] = {"S3ModelArtifacts": uri}


@contextlib.contextmanager
def _packed(folder: Path) -> Iterator[Any]:
    with tempfile.TemporaryFile() as archive:
        pack(folder, archive)
        yield archive


class _Metrics:
    """The last value of each metric that the program prints."""

    def __init__(self, request: Record) -> None:
        wanted = request["AlgorithmSpecification"].get("MetricDefinitions", ())
        self._patterns = [(one["Name"], re.compile(one["Regex"])) for one in wanted]
        self._found: dict[str, Record] = {}

    def look(self, line: str) -> None:
        for name, pattern in self._patterns:
            found = pattern.search(line)
            if found is None or not found.groups():
                continue
            with contextlib.suppress(ValueError, TypeError):  # what is no number is no value of the metric
                self._found[name] = {"MetricName": name, "Value": float(found[1]), "Timestamp": now()}

    def final(self) -> list[Record]:
        """FinalMetricDataList, in the order of the definitions."""
        return [self._found[name] for name, _ in self._patterns if name in self._found]
