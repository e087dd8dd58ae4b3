"""`python -m tests.template.gate`: what cfn-lint and parliament say of the templates as CloudFormation gets them.

`sam validate --lint` looks at one file at a time as it is written, and into no nested one. Here each file is translated
as AWS translates it, and written once as it is and once for each set of parameters of `decided.VARIANTS`. cfn-lint and
parliament run in the environments that have them (.venv-tools, .venv-audit), without network.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from local.cloud.deploying.template import Template
from local.cloud.testing import ROOT
from tests.template.decided import VARIANTS, application
from tests.template.translate import packaged, templates, translate

CFN_LINT = ROOT / ".venv-tools" / "bin" / "cfn-lint"
AUDITOR = ROOT / ".venv-audit" / "bin" / "python"

REGIONS = ("us-east-1", "us-west-2", "ca-central-1", "eu-central-1", "eu-west-1", "ap-northeast-1", "ap-southeast-2")
"""Where most is done: a type or a property may be missing in one."""
ADVICE = ("I1", "I2", "I3010", "I3012", "I3013", "I3037", "I3042", "I3100", "I3510", "I4", "I6", "I7")
"""Beside errors and warnings, advice counts too; all but I3011: queues, logs and a pipeline's own table go with their
stack, and what is kept says so (tests/template/rules.py)."""
IGNORED: Mapping[str, str] = {
    "W1030": "an empty default means that the stack makes the resource itself, and then nothing refers to it; the "
    "decided templates have the values",
    "W1031": "the same of a name within a text",
    "W7001": "SAM reads the mapping Rollouts while it translates; sam validate --lint finds unused ones as written",
}
"""Checks of cfn-lint that are left out, and why; from a configuration file cfn-lint does not take W1030."""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), everything())
        return max(linted(Path(folder)), audited(Path(folder)))


def everything() -> dict[str, Template]:
    """Every template by a name that tells where it comes from; what two sets of parameters share is there once."""
    found: dict[str, Template] = {
        f"translated/{path.relative_to(ROOT).with_suffix('')}": translate(packaged(path)) for path in templates()
    }
    for variant, parameters in VARIANTS.items():
        for each in application(given=parameters()).all():
            decided = each.decided()
            if decided not in found.values():
                found[f"{variant}/{each.path.relative_to(ROOT).with_suffix('')}"] = decided
    return found


def write(folder: Path, found: Mapping[str, Template]) -> None:
    for name, template in found.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(template, indent=1))


def linted(folder: Path) -> int:
    """cfn-lint's exit code for the templates in a folder; it prints what it finds. 0 is nothing at all."""
    files = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.json"))]
    options = ["--regions", *REGIONS, "--include-checks", *ADVICE, "--ignore-checks", *IGNORED]
    return _run([str(CFN_LINT), *options, "--", *files], folder)


def audited(folder: Path) -> int:
    """The same of parliament, for the policies in those of a folder that have no functions left."""
    return _run([str(AUDITOR), str(ROOT / "tests" / "template" / "audit.py"), str(folder)], folder)


def _run(command: list[str], folder: Path) -> int:
    if not Path(command[0]).exists():
        sys.stderr.write(f"{command[0]} is not there; run make validate, which installs it.\n")
        return 1
    return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
