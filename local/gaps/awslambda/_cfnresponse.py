"""Sends the answer of a custom resource to CloudFormation.

This file is put beside the inline code of a function, as the module ``cfnresponse`` with the interface that AWS
documents. It runs in the function, so it imports nothing of this package.
"""

from __future__ import annotations

import json
from typing import Any

import urllib3

SUCCESS = "SUCCESS"
FAILED = "FAILED"

_http = urllib3.PoolManager()


def send(
    event: dict[str, Any],
    context: Any,
    responseStatus: str,  # noqa: N803 - the names are part of the interface
    responseData: dict[str, Any],  # noqa: N803
    physicalResourceId: str | None = None,  # noqa: N803
    noEcho: bool = False,  # noqa: N803
    reason: str | None = None,
) -> None:
    """Put the answer where the event asks for it. What goes wrong is told in the log and not raised, as on AWS."""
    body = json.dumps(
        {
            "Status": responseStatus,
            "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
            "PhysicalResourceId": physicalResourceId or context.log_stream_name,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "NoEcho": noEcho,
            "Data": responseData,
        }
    )
    headers = {"content-type": "", "content-length": str(len(body))}
    try:
        answer = _http.request("PUT", event["ResponseURL"], headers=headers, body=body)
        print("Status code:", answer.status)
    except Exception as error:  # noqa: BLE001 - CloudFormation times out then, which is the answer
        print("send(..) failed executing http.request(..):", error)
