"""The calls of endpoints; each has one process, which ``hosting`` starts, replaces and ends."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.services.sagemaker import models, pages, store
from local.services.sagemaker.errors import Invalid, NotHere, exists, limit, missing
from local.services.sagemaker.hosting.life import begin, delete_now, deploy, variants
from local.services.sagemaker.store import LOCK, Place, Record, Thing, now
from local.services.sagemaker.switches import NOW

KIND: Final = "endpoint"
_BUSY: Final = ("Creating", "Updating", "RollingBack", "SystemUpdating", "Deleting")


def create(members: Mapping[str, Any], place: Place) -> Record:
    """CreateEndpoint."""
    config = models.find(models.CONFIG, members["EndpointConfigName"], place)
    if members.get("DeploymentConfig"):
        raise NotHere("DeploymentConfig of an endpoint")
    name, at = members["EndpointName"], now()
    described = {
        "EndpointName": name,
        "EndpointArn": place.arn(KIND, name),
        "EndpointConfigName": config.name,
        "ProductionVariants": variants(config),
        "EndpointStatus": "Creating",
        "CreationTime": at,
        "LastModifiedTime": at,
    }
    made = Thing(place, KIND, name, described, store.tags_of(members))
    with LOCK:
        if store.find(place, KIND, name) is not None:
            raise exists("endpoint", made.arn)
        there = len(store.of_kind(place, KIND))
        if there >= NOW.limits.endpoints:
            raise limit("Endpoints per account", NOW.limits.endpoints, there, "Endpoints")
        store.add(made)
    begin(made, "Creating")
    _in_thread(deploy, made, config)
    return {"EndpointArn": made.arn}


def _in_thread(work: Callable[..., None], *arguments: Any) -> None:
    run = contextvars.Context().run
    threading.Thread(target=run, args=(work, *arguments), daemon=True, name="endpoint").start()


def _found(members: Mapping[str, Any], place: Place) -> Thing:
    found = store.find(place, KIND, members["EndpointName"])
    if found is None:
        raise missing("endpoint", place.arn(KIND, members["EndpointName"]))
    return found


def update(members: Mapping[str, Any], place: Place) -> Record:
    """UpdateEndpoint: the old configuration serves until the new one does, or goes on if the new one cannot."""
    if members.get("DeploymentConfig") or members.get("RetainAllVariantProperties"):
        raise NotHere("DeploymentConfig or RetainAllVariantProperties of an endpoint")
    endpoint = _found(members, place)
    config = models.find(models.CONFIG, members["EndpointConfigName"], place)
    with LOCK:
        _require_quiet(endpoint)
        if endpoint.members["EndpointStatus"] != "InService":
            raise Invalid(f'Cannot update endpoint "{endpoint.arn}" that is {endpoint.members["EndpointStatus"]}.')
        if endpoint.members["EndpointConfigName"] == config.name:
            raise Invalid("Cannot update endpoint to the endpoint configuration that it has already.")
        endpoint.members["EndpointStatus"] = "Updating"
    begin(endpoint, "Updating")
    _in_thread(deploy, endpoint, config)
    return {"EndpointArn": endpoint.arn}


def _require_quiet(endpoint: Thing) -> None:
    if endpoint.members["EndpointStatus"] in _BUSY:
        raise Invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')


def describe(members: Mapping[str, Any], place: Place) -> Record:
    """DescribeEndpoint."""
    return _found(members, place).described()


def delete(members: Mapping[str, Any], place: Place) -> Record:
    """DeleteEndpoint: its process ends; model and configuration stay."""
    endpoint = _found(members, place)
    with LOCK:
        _require_quiet(endpoint)
        endpoint.members["EndpointStatus"] = "Deleting"
    delete_now(endpoint)
    return {}


def listed(members: Mapping[str, Any], place: Place) -> Record:
    """ListEndpoints."""
    found, more = pages.listed(store.of_kind(place, KIND), members, "EndpointStatus", _summary)
    return {"Endpoints": found, **more}


def _summary(endpoint: Thing) -> Record:
    members = endpoint.described()
    names = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
    return {name: members[name] for name in names}
