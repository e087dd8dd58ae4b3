"""Vectors and templates of the tests beside this file."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

ACCOUNT, REGION = "123456789012", "us-east-1"
PATIENCE = 120.0


def vector(key: str, *data: float, **metadata: Any) -> dict[str, Any]:
    """A vector as PutVectors takes it; without numbers it is (1, 0)."""
    return {
        "key": key,
        "data": {"float32": list(data) or [1.0, 0.0]},
        **({"metadata": metadata} if metadata else {}),
    }


def index_arn(bucket: str, index: str) -> str:
    return f"arn:aws:s3vectors:{REGION}:{ACCOUNT}:bucket/{bucket}/index/{index}"


def put(client: Any, arn: str, *vectors: dict[str, Any]) -> None:
    client.put_vectors(indexArn=arn, vectors=list(vectors))


def resource(kind: str, more: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::S3Vectors::{kind}", "Properties": properties, **(more or {})}


def index(**more: Any) -> dict[str, Any]:
    """An index of the bucket ``Vectors`` of its template."""
    given = {
        "VectorBucketArn": {"Fn::GetAtt": ["Vectors", "VectorBucketArn"]},
        "DataType": "float32",
        "Dimension": 2,
        "DistanceMetric": "cosine",
    }
    return resource("Index", **{**given, **more})


class Stack:
    """One stack of a running cloud, under a name of its own."""

    def __init__(self, client: Any) -> None:
        self._client, self.name = client, f"vectors-{uuid.uuid4().hex[:8]}"
        self._id = self.name

    def create(self, **resources: Any) -> str:
        """The status in which the creation ends."""
        self._id = self._client.create_stack(**self._request(resources))["StackId"]
        return self._ended()

    def update(self, **resources: Any) -> str:
        self._client.update_stack(**self._request(resources))
        return self._ended()

    def delete(self) -> str:
        self._client.delete_stack(StackName=self._id)
        return self._ended()

    def outputs(self) -> dict[str, str]:
        found = self._client.describe_stacks(StackName=self.name)["Stacks"][0].get("Outputs", [])
        return {one["OutputKey"]: one["OutputValue"] for one in found}

    def reasons(self) -> str:
        """All that its events say of why."""
        events = self._client.describe_stack_events(StackName=self._id)["StackEvents"]
        found = [one.get("ResourceStatusReason", "") for one in events]
        operations = self._client.describe_events(StackName=self._id)["OperationEvents"]
        return "\n".join([*found, *(one.get("ValidationStatusReason", "") for one in operations)])

    def _request(self, resources: dict[str, Any]) -> dict[str, Any]:
        outputs = {f"{name}Ref": {"Value": {"Ref": name}} for name in resources}
        template = {"Resources": resources, "Outputs": outputs}
        return {"StackName": self.name, "TemplateBody": json.dumps(template)}

    def _ended(self) -> str:
        end = time.monotonic() + PATIENCE
        while True:
            found = self._client.describe_stacks(StackName=self._id)["Stacks"][0]["StackStatus"]
            if not found.endswith("IN_PROGRESS"):
                return str(found)
            assert time.monotonic() < end, found
            time.sleep(0.05)
