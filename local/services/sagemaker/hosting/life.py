"""States of an endpoint: Creating, InService or Failed; Updating, RollingBack, InService with the old or the new."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.services.sagemaker import store
from local.services.sagemaker.errors import Invalid
from local.services.sagemaker.hosting.container import Container, Served, Unhealthy
from local.services.sagemaker.store import LOCK, Record, Thing, now
from local.services.sagemaker.training import environment
from local.services.sagemaker.training.archives import Unpackable, unpack
from local.services.sagemaker.training.logs import Log
from local.services.sagemaker.world import act_in, client, split, tell

EVENT = "SageMaker Endpoint State Change"
MOST_REASON = 1_024
_OPT_ML = "/opt/ml/model"


@dataclass
class Serving:
    """What answers for an endpoint, and how many requests it has now."""

    container: Container
    variant: Record
    waiting: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def variants(config: Thing) -> list[Record]:
    """ProductionVariants as DescribeEndpoint has them."""
    found = []
    for one in config.members["ProductionVariants"]:
        weight = one["InitialVariantWeight"]
        summary = {"VariantName": one["VariantName"], "CurrentWeight": weight, "DesiredWeight": weight}
        if "ServerlessConfig" in one:
            given = one["ServerlessConfig"]
            found.append({**summary, "CurrentServerlessConfig": given, "DesiredServerlessConfig": given})
        else:
            count = one["InitialInstanceCount"]
            found.append({**summary, "CurrentInstanceCount": count, "DesiredInstanceCount": count})
    return found


def begin(endpoint: Thing, status: str, **members: Any) -> None:
    """The endpoint's next status, with members that change with it, and an event of it (whose states are spelt
    IN_SERVICE)."""
    with LOCK:
        endpoint.members |= {"EndpointStatus": status, "LastModifiedTime": now(), **members}
    tell(EVENT, endpoint, EndpointStatus=re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper())


def deploy(endpoint: Thing, config: Thing) -> None:
    """Start what the configuration names, in a thread of its own, and let it serve if it can."""
    act_in(endpoint.place)
    old: Serving | None = endpoint.kept.get("serving")
    try:
        new = _started(endpoint, config)
    except Unhealthy as error:
        _not_deployed(endpoint, config, old, str(error))
        return
    except Exception as error:  # noqa: BLE001 - a defect of this engine must not leave it Creating for ever
        _not_deployed(endpoint, config, old, f"{type(error).__name__}: {error}")
        return
    with LOCK:
        endpoint.kept["serving"] = new
        endpoint.members.pop("FailureReason", None)
    begin(endpoint, "InService", EndpointConfigName=config.name, ProductionVariants=variants(config))
    if old is not None:
        old.container.close()


def _not_deployed(endpoint: Thing, config: Thing, old: Serving | None, why: str) -> None:
    variant = config.members["ProductionVariants"][0]["VariantName"]
    reason = (
        f"The primary container for production variant {variant} did not pass the ping health check. Please check "
        f"CloudWatch logs for this endpoint. (Local cloud: {why})"
    )[:MOST_REASON]
    if old is None:
        begin(endpoint, "Failed", FailureReason=reason)
        return
    begin(endpoint, "RollingBack", FailureReason=reason)
    begin(endpoint, "InService", FailureReason=reason)


def _started(endpoint: Thing, config: Thing) -> Serving:
    variant = config.members["ProductionVariants"][0]
    model = store.find(endpoint.place, "model", variant["ModelName"])
    if model is None:
        raise Unhealthy(f"the model {variant['ModelName']} is gone")
    role = model.members["ExecutionRoleArn"]
    group = f"/aws/sagemaker/Endpoints/{endpoint.name}"
    stream = f"{variant['VariantName']}/local-{os.urandom(4).hex()}"
    log = Log(client("logs", role, endpoint.place), group, stream, lambda: None)
    folder = Path(tempfile.mkdtemp(prefix="sagemaker-endpoint-"))
    try:
        served = _served(model, folder, log)
        container = Container(served, log)
        container.start()
    except BaseException as error:
        log.line(str(error))
        log.flush()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Serving(container, variant)


def _served(model: Thing, folder: Path, log: Log) -> Served:
    """The archive, unpacked, and what is to be run of it. Raises Unhealthy."""
    container: Record = model.kept["container"]
    s3 = client("s3", model.members["ExecutionRoleArn"], model.place)
    variables = dict(container.get("Environment", {}))
    _fetch(s3, container["ModelDataUrl"], folder)
    code, source = folder / "code", variables.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    if source.startswith("s3://"):
        _fetch(s3, source, code)
    elif source.startswith(_OPT_ML):
        code = folder / source.removeprefix(_OPT_ML).strip("/")
    try:
        python = environment.python(log.line)
    except environment.EnvironmentMissing as error:
        raise Unhealthy(str(error)) from error
    program = variables.get("SAGEMAKER_PROGRAM", "inference.py")
    return Served(python, folder, code, program, _variables(folder, variables))


def _variables(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    own = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SM_MODEL_DIR": str(folder),
    }
    return {**own, **given}


def _fetch(s3: Any, uri: str, folder: Path) -> None:
    from botocore.exceptions import ClientError

    folder.mkdir(exist_ok=True)
    try:
        bucket, key = split(uri)
        with tempfile.TemporaryFile() as archive:
            shutil.copyfileobj(s3.get_object(Bucket=bucket, Key=key)["Body"], archive)
            archive.seek(0)
            unpack(archive, folder)
    except (ClientError, Unpackable, Invalid) as error:
        raise Unhealthy(f"{uri}: {error}") from error


def delete_now(endpoint: Thing) -> None:
    """End its process and forget it; of its status Deleting there is an event."""
    begin(endpoint, "Deleting")
    serving: Serving | None = endpoint.kept.pop("serving", None)
    if serving is not None:
        serving.container.close()
    store.remove(endpoint)
