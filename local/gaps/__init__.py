"""What MiniStack lacks or allows and AWS does not: one small module a gap.

Each module says in its docstring what AWS does (and where that is written), what MiniStack does instead, and
lists in ``LEANS_ON`` the private names it needs with their shapes; ``install()`` closes the gap.
``install_all()`` is called once in the server's process, after ``ministack.app`` was imported and before it
serves.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from local.gaps import _seams

#: Installed in this order; where two wrap the same name, the later one is outermost.
NAMES = (
    "sfn_execution",
    "sfn_retry",
    "sfn_throttle",
    "sfn_timeouts",
    "sfn_limits",
    "sfn_names",
    "sfn_role",
    "sfn_logs",
    "sfn_callback",
    "sfn_jsonata",
    "sfn_nested",
    "sfn_distributed",
    "s3_conditions",
    "s3_missing_key",
    "s3_event_versions",
    "s3_template",
    "metric_data",
    "alarms",
    "emf",
    "lambda_metrics",
    "lambda_async",
    "lambda_requests",
    "lambda_template",
    "function_url",
    "object_lambda",
    "events_entries",
    "events_targets",
    "sns_delivery",
    "sqs_batches",
    "sqs_redrive",
    "kinesis_source",
    "service_metrics",
    "firehose",
    "athena",
    "nested_transform",
    "nested_updates",
    "cloudformation_parameters",
    "cloudformation_types",
)

_installed: set[str] = set()


def modules() -> list[ModuleType]:
    """All gap modules, imported but not necessarily installed."""
    return [importlib.import_module(f"local.gaps.{name}") for name in NAMES]


def install_all() -> None:
    """Close every gap in this process; a second call does nothing. Raises SeamMovedError when MiniStack
    has changed.
    """
    for module in modules():
        _seams.check(module.LEANS_ON)
    for module in modules():
        if module.__name__ not in _installed:
            module.install()
            _installed.add(module.__name__)
