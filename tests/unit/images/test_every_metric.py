"""Every count of the pipeline has an alarm, or a reason in docs/operations.md; all are documented and shown."""

from __future__ import annotations

import ast
import re

import pytest

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.template import resources

CODE = ROOT / "functions" / "images"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SECTION = OPERATIONS.partition("\n## Images\n")[2].partition("\n## ")[0]
WITHOUT = SECTION.partition("| count without an alarm | why |")[2]
PAGE = (ROOT / "docs" / "images.md").read_text(encoding="utf-8")
TEMPLATE = read_template(ROOT / "pipelines" / "images.yaml")
ALARMS = {n: r["Properties"] for n, r in TEMPLATE["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"}
DASHBOARD = (ROOT / "template.yaml").read_text(encoding="utf-8").partition("DashboardBody")[2]
WORDS = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+")
NO_METRIC = {
    *("AcceptRanges", "CacheControl", "ContentLength", "ContentRange", "ContentType", "LastModified", "PartsCount"),
    *("RequestRoute", "RequestToken", "StatusCode", "ErrorCode", "ErrorMessage", "SecretString"),
    *("VipsForeign", "VipsForeignLoadPng"),
    *("InternalError", "NoSuchKey", "NoSuchVersion", "ResourceNotFoundException", "VersionId", "KeyTooLongError"),
}
"""Names of AWS's members and errors, of libvips' operations."""


def words() -> set[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in CODE.rglob("*.py"))
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and WORDS.fullmatch(text)}


def names() -> set[str]:
    """Every metric that the code can send: found by its form, so that none is forgotten."""
    return words() - NO_METRIC


def watched() -> set[str]:
    return {
        metric["MetricName"]
        for alarm in ALARMS.values()
        for metric in resources.watched({**alarm, "Metrics": [q for q in alarm.get("Metrics", []) if "Id" in q]})
        if metric["Namespace"] == "Millrace/Images"
    }


@pytest.mark.parametrize("name", sorted(names()))
def test_a_count_has_an_alarm_or_a_reason(name):
    assert (name in watched()) != (f"`{name}`" in WITHOUT)
    assert f"`{name}`" in PAGE
    assert f'"{name}"' in DASHBOARD


def test_the_tables_hold_nothing_that_is_gone():
    assert watched() <= names()
    assert set(re.findall(r"`([A-Z]\w+)`", WITHOUT)) == names() - watched()
    assert NO_METRIC - words() == set()
    assert names() >= {"ImagesTransformed", "ScansMissing", "WebpFallbacks", "OriginalsDenied"}


def test_every_alarm_says_what_to_do():
    assert set(re.findall(r"`(Images\w+Alarm)`", SECTION)) == ALARMS.keys()
