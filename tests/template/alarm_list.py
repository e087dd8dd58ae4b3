"""`python -m tests.template.alarm_list`: writes the list of alarms, with their price, into docs/alarms.md.

Taken from the templates: what each alarm looks at, when it goes off, and what it costs a month. The test beside this
compares, so a new alarm shows in review with its price. What stands below
"Seen to ring" is written by tests/roads/test_alarms.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.template.alarms import ALARM, COMPOSITE, PER_COMPOSITE, PER_METRIC, children, price
from tests.template.resources import listed
from tests.template.translate import resolved, templates

PAGE = ROOT / "docs" / "alarms.md"
SEEN = "\n## Seen to ring\n"
TITLES = {
    "template": "All pipelines",
    "narration": "Narration",
    "documents": "Documents",
    "images": "Images",
    "trips": "Trips",
    "llm": "Model quality",
    "questions": "Questions",
    "knowledge": "Knowledge",
    "training": "Training",
}
HEAD = f"""# Alarms

Written by `python -m tests.template.alarm_list` from the templates, and compared with them in a test. Every alarm tells
`AlarmTopicArn` when it goes off and when it is over; what to do stands in its description, which comes with the
message, and in [operations](operations.md), [documents](documents.md), [trips](trips.md), [llm](llm.md),
[questions](questions.md), [knowledge](knowledge.md) and [training](training.md).

An alarm costs {PER_METRIC:.2f} US dollars a month for each metric that it looks at, a composite one {PER_COMPOSITE:.2f}
(us-east-1, standard resolution). So errors and long calls of a pipeline are one alarm over its functions and not one
for each function: the dashboard's "Functions: errors" and "Functions: longest call" show which it is. Throttled calls
are counted at the functions that each piece of work passes, since all functions share the account's places. A pipeline
that is deployed alone has that alarm itself.

`notBreaching` stands in all but two: a count that nobody sends is zero, a queue that nobody asks is empty, and where
silence is a fault an alarm of its own looks at both ends ("...Silent", "...Unheard"). `LlmPricesOldAlarm` stays what it
was, since a price does not grow young in a night without calls. To `LlmCanaryStoppedAlarm` what is not there breaches.

In the expression of a "...Silent" alarm, and of one over standing still, what came in stands beside what came out,
times nought, in one array. CloudWatch's guide says what FILL makes of missing values, not what it makes of a metric
that has none at all in the window; so no alarm needs it to be more than nothing: the other member of the array has a
value wherever the alarm may have to go off.

A new alarm has the state INSUFFICIENT_DATA, and its actions follow when it leaves that state (API reference,
PutMetricAlarm): each tells once that all is well after the deployment that made it. One that a deployment changes keeps
its state.
"""


def page() -> str:
    """The whole page; what was seen to ring is kept as it is."""
    seen = PAGE.read_text(encoding="utf-8").partition(SEEN) if PAGE.exists() else ("", "", "")
    return HEAD + "".join(f"\n{part}" for part in _parts()) + seen[1] + seen[2]


def _parts() -> Iterator[str]:
    plain = resolved(UseQuestions="true", UseKnowledge="true", UseTraining="true")["Resources"]
    sums, rows_of = {}, {title: list[str]() for title in TITLES}
    for path in templates():
        pipeline = path.parent.name if path.parent.name in TITLES else path.stem
        for name, entry in read_template(path)["Resources"].items():
            if entry["Type"] not in (ALARM, COMPOSITE):
                continue
            there = plain.get(name)
            if there:
                sums[pipeline] = sums.get(pipeline, 0.0) + price(there["Properties"])
            row = _row(name, entry, there, of_an_application=path.stem == "app_alarms")
            if row not in rows_of[pipeline]:
                rows_of[pipeline].append(row)
    yield _summary(sums)
    for pipeline, title in TITLES.items():
        head = "| alarm | looks at | goes off | US dollars |\n|---|---|---|---:|\n"
        yield f"## {title}\n\n{head}" + "".join(f"{row}\n" for row in rows_of[pipeline])


def _summary(sums: dict[str, float]) -> str:
    lines = [f"| {TITLES[each]} | {sums[each]:.2f} |" for each in TITLES]
    total = f"| **{sum(sums.values()):.2f}** |"
    return "\n".join(
        [
            "| a month, with questions, knowledge and training, without other options | US dollars |",
            "|---|---:|",
            *lines,
            f"| together {total}",
            "",
        ]
    )


def _row(name: str, entry: dict[str, Any], there: dict[str, Any] | None, *, of_an_application: bool) -> str:
    properties = entry["Properties"]
    cost = price((there or {"Properties": _whole(properties)})["Properties"])
    only = "for each of `Apps`; " if of_an_application else _only(entry) if there is None else ""
    return f"| `{name}` | {_looks_at(properties)} | {only}{_goes_off(properties)} | {cost:.2f} |"


def _only(entry: dict[str, Any]) -> str:
    return f"only with `{entry['Condition']}`; " if "Condition" in entry else ""


def _whole(properties: dict[str, Any]) -> dict[str, Any]:
    """With every metric that a condition may bring."""
    queries = [each["Fn::If"][1] if "Fn::If" in each else each for each in properties.get("Metrics", ())]
    return {**properties, "Metrics": queries} if queries else properties


def _looks_at(properties: dict[str, Any]) -> str:
    if "AlarmRule" in properties:
        return ", ".join(f"`{name}`" for name in sorted(children(properties)))
    if "MetricName" in properties:
        return f"`{properties['MetricName']}`"
    names: dict[str, int] = {}
    for query in _whole(properties)["Metrics"]:
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]["MetricName"]
            names[metric] = names.get(metric, 0) + 1
        elif found := re.match(r"SELECT SUM\((\w+)\)", str(query.get("Expression"))):
            names[found[1]] = names.get(found[1], 0) + 1
    return ", ".join(f"`{name}`" + (f" of {count}" if count > 1 else "") for name, count in names.items())


SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}


def _goes_off(properties: dict[str, Any]) -> str:
    if "AlarmRule" in properties:
        return "with one of them"
    if "ThresholdMetricId" in properties:
        return "outside the band that CloudWatch expects"
    queries = [each["MetricStat"] for each in _whole(properties).get("Metrics", ()) if "MetricStat" in each]
    period = properties.get("Period") or max((each["Period"] for each in queries), key=str)
    sign, bound = SIGNS[properties["ComparisonOperator"]], _said(properties["Threshold"])
    count = _said(properties["EvaluationPeriods"])
    hits = _said(properties.get("DatapointsToAlarm", properties["EvaluationPeriods"]))
    return f"{sign} {bound} in {hits} of {count} periods of {_said(period)} s"


def _said(value: Any) -> str:
    match value:
        case {"Ref": str(name)}:
            return f"`{name}`"
        case {"Fn::FindInMap": [str(table), *rest]}:
            return f"`{table}.{listed(rest)[-1]}`"
    return str(value)


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
