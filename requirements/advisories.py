"""``make audit``: are there known advisories for what the locks name?

Two answers. ``floors.toml`` holds those that were met before, and needs no network. pip-audit asks OSV about every
package of every lock; where it cannot be reached that is said, and only the first answer counts: a build without a
network must not fail for want of one. Ends with 1 where something was found.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ROOT / "requirements" / "floors.toml"
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)
_MOST_SECONDS = 300

Run = Callable[[list[str]], object]


def locks() -> list[Path]:
    """Every lock: of the layers, once per architecture where those differ, and of the environments."""
    return sorted([*ROOT.glob("layers/**/requirements.txt"), *(ROOT / "requirements").glob("*.txt")])


def pins(lock: Path) -> set[tuple[str, str]]:
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in _PINNED.findall(lock.read_text())}


def below_floors(files: Iterable[Path], floors: Path = FLOORS) -> list[str]:
    """A sentence for each lock that names a release with a known advisory."""
    rules = tomllib.loads(floors.read_text())["floor"]
    return [
        f"{lock.relative_to(ROOT) if lock.is_relative_to(ROOT) else lock.name}: {name} {version} is below "
        f"{rule['least']} ({rule['advisory']}: {rule['why']})."
        for lock in files
        for name, version in sorted(pins(lock))
        for rule in rules
        if name == rule["package"] and _parts(version) < _parts(rule["least"])
    ]


def _parts(version: str) -> tuple[int, ...]:
    """The numbers of a release, which is all that is compared; 13.0 and 13.0.0 are the same."""
    numbers = [int(number) for number in re.findall(r"\d+", version.split("+", maxsplit=1)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def asked(files: Iterable[Path], run: Run) -> list[str] | None:
    """What pip-audit finds, a sentence for each; None where it gave no answer."""
    with tempfile.TemporaryDirectory() as folder:
        merged, answer = Path(folder) / "requirements.txt", Path(folder) / "answer.json"
        known = sorted({pin for lock in files for pin in pins(lock)})
        found: list[str] = []
        # One file may name a package once; a second version of it goes into the next.
        while known:
            chosen = dict(known)
            merged.write_text("".join(f"{name}=={version}\n" for name, version in chosen.items()))
            answer.unlink(missing_ok=True)
            run(["--requirement", str(merged), "--no-deps", "--disable-pip", "--vulnerability-service", "osv",
                 "--format", "json", "--output", str(answer), "--progress-spinner", "off"])  # fmt: skip
            if not answer.exists():
                return None
            found += _findings(json.loads(answer.read_text()))
            known = [pin for pin in known if chosen[pin[0]] != pin[1]]
    return found


def _findings(document: dict[str, list[dict[str, object]]]) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {finding['id']}, mended in "
        f"{', '.join(finding['fix_versions']) or 'no release yet'}."
        for package in document["dependencies"]
        for finding in package.get("vulns", [])  # type: ignore[attr-defined]  # pip-audit's JSON
    ]


def _pip_audit(options: list[str]) -> object:
    program = [str(Path(sys.executable).with_name("pip-audit")), *options]
    return subprocess.run(program, check=False, timeout=_MOST_SECONDS, capture_output=True, text=True)


def main() -> int:
    files = locks()
    below = below_floors(files)
    try:
        told = asked(files, _pip_audit)
    except subprocess.TimeoutExpired:
        told = None
    for sentence in [*below, *(told or [])]:
        print(sentence)
    if told is None:
        print("OSV could not be asked; only requirements/floors.toml was held against the locks.")
    print(f"{len(files)} locks: {len(below) + len(told or [])} advisories.")
    return 1 if below or told else 0


if __name__ == "__main__":
    raise SystemExit(main())
