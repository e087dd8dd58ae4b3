"""Which fields a state may have, by its type and language.

Measured by others with ValidateStateMachineDefinition, eight types times fifty fields (cdk-preflight,
pf-sfn-asl-state-fields).
"""

from __future__ import annotations

EVERYWHERE = frozenset({"Type", "Comment", "QueryLanguage"})

_PATHS = {"InputPath", "OutputPath"}
_ON = {"Next", "End"}
_FAILURES = {"Retry", "Catch"}

BY_TYPE = {
    "Task": _PATHS
    | _ON
    | _FAILURES
    | {
        "Resource", "Parameters", "ResultSelector", "ResultPath", "Arguments", "Output", "Assign", "Credentials",
        "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath",
    },
    "Wait": _PATHS | _ON | {"Output", "Assign", "Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Pass": _PATHS | _ON | {"Parameters", "Result", "ResultPath", "Output", "Assign"},
    "Succeed": _PATHS | {"Output"},
    "Fail": {"Error", "ErrorPath", "Cause", "CausePath"},
    "Choice": _PATHS | {"Choices", "Default", "Output", "Assign"},
    "Parallel": _PATHS
    | _ON
    | _FAILURES
    | {"Branches", "Parameters", "ResultSelector", "ResultPath", "Arguments", "Output", "Assign"},
    "Map": _PATHS
    | _ON
    | _FAILURES
    | {
        "ItemProcessor", "Iterator", "Items", "ItemsPath", "ItemSelector", "Parameters", "ItemReader", "ItemBatcher",
        "ResultWriter", "ResultSelector", "ResultPath", "Output", "Assign", "Label", "MaxConcurrency",
        "MaxConcurrencyPath", "ToleratedFailureCount", "ToleratedFailureCountPath", "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath",
    },
}  # fmt: skip

ONLY_JSONATA = ("Arguments", "Output", "Items")
ONLY_JSONPATH = (
    "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Result", "ItemsPath",
    "TimeoutSecondsPath", "HeartbeatSecondsPath", "SecondsPath", "TimestampPath", "MaxConcurrencyPath",
    "ToleratedFailurePercentagePath", "ToleratedFailureCountPath", "ErrorPath", "CausePath",
)  # fmt: skip

REQUIRED = {"Task": ("Resource",), "Choice": ("Choices",), "Parallel": ("Branches",)}

#: Exactly one of each.
ONE_OF = {
    "Wait": (("SecondsPath", "Seconds", "TimestampPath", "Timestamp"),),
    "Map": (("ItemProcessor", "Iterator"),),
}
#: At most one of each.
NOT_BOTH = (
    ("TimeoutSeconds", "TimeoutSecondsPath"),
    ("HeartbeatSeconds", "HeartbeatSecondsPath"),
    ("MaxConcurrency", "MaxConcurrencyPath"),
    ("ToleratedFailureCount", "ToleratedFailureCountPath"),
    ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ("Error", "ErrorPath"),
    ("Cause", "CausePath"),
)

MACHINE = frozenset({"Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"})
BRANCH = frozenset({"Comment", "StartAt", "States"})
PROCESSOR = BRANCH | {"ProcessorConfig"}
