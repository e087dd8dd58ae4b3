"""CloudFront: functions run where there is no Node, too.

AWS: a function of a behaviour runs for every request (Developer Guide, "Customize at the edge with CloudFront
Functions").
MiniStack: runs it in Node, and answers 503 on a machine that has none.

There a small part of JavaScript is evaluated (``_javascript``), in which the functions of this application are written;
one that uses more answers 503 still, and the log says what is not known.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.core import cloudfront_js

from local.gaps import _seams
from local.gaps._types import Json
from local.gaps.cloudfront._javascript.program import evaluate
from local.gaps.cloudfront._javascript.values import Thrown
from local.gaps.cloudfront._javascript.words import NotKnown

LEANS_ON = {
    "core.cloudfront_js.CloudFrontFunctionError": "class",
    "core.cloudfront_js.available": "()",
    "core.cloudfront_js.evaluate": "(code, event)",
}


def _without_node(run: Callable[[bytes, Json], Json]) -> Callable[[bytes, Json], Json]:
    def evaluate_function(code: bytes, event: Json) -> Json:
        if cloudfront_js.available():
            return run(code, event)
        try:
            return evaluate(code.decode(), event)
        except (NotKnown, Thrown) as error:
            raise cloudfront_js.CloudFrontFunctionError(f"{error} (with Node on the path all of it is)") from error

    return evaluate_function


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("core.cloudfront_js.evaluate", _without_node)
