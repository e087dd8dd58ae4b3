"""What Lambda itself tells X-Ray of an invocation: the segment below which the function's own calls stand.

AWS has two, one of the service and one of the function within it (Lambda developer guide, "Visualize Lambda function
invocations using AWS X-Ray"); here is the second, whose id is the parent in the function's trace header.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from local.services.xray.traces import TRACES

ORIGIN = "AWS::Lambda::Function"


def tell(config: Mapping[str, Any], request_id: str, header: str | None, begun: float, failed: bool) -> None:
    """Keep the segment of an invocation that began at ``begun`` (Unix seconds) and has just ended.

    ``header`` is what the function found in ``_X_AMZN_TRACE_ID``; nothing is kept where it is not sampled.
    """
    parts = dict(part.partition("=")[::2] for part in (header or "").split(";"))
    if parts.get("Sampled") != "1":
        return
    segment = {
        "name": config["FunctionName"],
        "id": parts["Parent"],
        "trace_id": parts["Root"],
        "start_time": begun,
        "end_time": time.time(),
        "origin": ORIGIN,
        "aws": {"request_id": request_id, "function_arn": config.get("FunctionArn", "")},
        **({"fault": True} if failed else {}),
    }
    TRACES.put(json.dumps(segment))
