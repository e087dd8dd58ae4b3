"""Reads every policy of the decided templates in a folder with parliament.

`.venv-audit/bin/python tests/template/audit.py FOLDER`, an environment of its own: nothing of the project is imported.
Policies are those of roles, also who may assume them, of buckets, queues, topics and access points, and permissions of
functions. parliament's list of actions is older than cfn-lint's (175 of Bedrock in 1.6.4, 269 there): names of actions
are cfn-lint's to judge too. What is read here are resources that do not fit an action, conditions that an action does
not know, and malformed statements.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

IGNORED: Mapping[str, str] = {
    "RESOURCE_STAR": "tests/template/rules.py has each asterisk with its reason",
    "NO_VERSION": "SAM writes a function's policies without one, and none of them has policy variables (checked here)",
}
"""Issues of parliament that are no findings, and why."""

TOO_NEW = frozenset({"s3vectors"})
"""Services that parliament's list (1.6.4) does not know; cfn-lint judges their actions."""

_MODEL_VERSION = re.compile(r"((?:foundation-model|inference-profile)/[\w.-]+):(?=\d)")
"""parliament takes the colon in the id of a model for one between parts of an ARN."""


def main(folder: Path) -> int:
    files = [path for path in sorted(folder.rglob("*.json")) if path.relative_to(folder).parts[0] != "translated"]
    if not files:
        sys.stderr.write(f"There are no decided templates in {folder}.\n")
        return 1
    found = sorted({problem for path in files for problem in problems(path)})
    sys.stdout.write("".join(f"{problem}\n" for problem in found or ["parliament has nothing to say."]))
    return bool(found)


def problems(file: Path) -> Iterator[str]:
    """One sentence for each finding, without the file: the same policy stands in several."""
    from parliament import analyze_policy_string

    for resource, document in policies(json.loads(file.read_text())):
        if "Version" not in document and "${" in json.dumps(document):
            yield f"{resource}: a policy variable needs Version 2012-10-17"
        for finding in analyze_policy_string(_MODEL_VERSION.sub(r"\1.", json.dumps(document))).findings:
            if finding.issue not in IGNORED and not _is_too_new(finding) and not _fits_another_kind(finding):
                yield f"{resource}: {finding.issue} {finding.title} {finding.detail}".replace("  ", " ")


def policies(template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical id and document of every policy of a template."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Permission":
            statement = {"Effect": "Allow", "Action": properties["Action"], "Resource": properties["FunctionName"]}
            if statement["Resource"].startswith("arn:"):
                yield name, {"Version": "2012-10-17", "Statement": [statement]}
        for document in _documents(properties):
            # Who may assume a role has no resource; parliament asks for one.
            statements = [{"Resource": "*", **each} for each in document["Statement"]]
            yield name, {**document, "Statement": statements}


def _documents(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _documents(each)
    elif isinstance(value, dict):
        if isinstance(value.get("Statement"), list) and all("Effect" in each for each in value["Statement"]):
            yield value
        else:
            yield from _documents(list(value.values()))


def _is_too_new(finding: Any) -> bool:
    return finding.issue == "UNKNOWN_PREFIX" and finding.location["string"].partition(":")[0] in TOO_NEW


def _fits_another_kind(finding: Any) -> bool:
    """parliament names each kind of resource of an action that none of the resources fits, also where another kind
    does: a policy that names Standard executions alone is no mistake."""
    if finding.issue != "RESOURCE_MISMATCH":
        return False
    lacking = Counter(each["action"] for each in finding.detail)
    return all(number < _kinds()[action.lower()] for action, number in lacking.items())


@cache
def _kinds() -> Mapping[str, int]:
    """Action -> how many kinds of resource parliament takes it to need."""
    from parliament import iam_definition

    return {
        f"{service['prefix']}:{action['privilege']}".lower(): sum(
            kind["resource_type"].endswith("*") for kind in action["resource_types"]
        )
        for service in iam_definition
        for action in service["privileges"]
    }


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
