"""make sbom: what is deployed stands in it, per function and layer; the same tree gives the same bytes."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local.cloud.testing import ROOT
from requirements import sbom
from requirements.advisories import locks, pins
from tests.template import decided
from tests.template.decided import everything
from tests.template.resources import of_type

PYTHON = ROOT / ".venv-audit" / "bin" / "python"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of two runs."""
    if not PYTHON.exists():
        pytest.skip(".venv-audit is not there: make sbom installs it")
    folders = [tmp_path_factory.mktemp("sbom") for _ in range(2)]
    for folder in folders:
        done = subprocess.run(
            [str(PYTHON), "-m", "requirements.sbom", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return folders


def document(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.cdx.json").read_text())


def depends(found: Any) -> dict[str, list[str]]:
    return {each["ref"]: each.get("dependsOn", []) for each in found["dependencies"]}


@cache
def translated_functions() -> dict[str, list[str]]:
    """Logical id -> its layers, as CloudFormation gets them."""
    given = {**everything(), "ExistingModelLogGroupName": "bedrock/calls"}
    return {
        name: [re.sub(r"[0-9a-f]{10}$", "", each["Ref"]) for each in function["Layers"]]
        for application in decided.application(given=given).all()
        for name, function in of_type(application.template, "AWS::Lambda::Function").items()
    }


def test_two_runs_write_the_same(written: list[Path]):
    for name in ("application", "tools"):
        assert len({(folder / f"{name}.cdx.json").read_bytes() for folder in written}) == 1


def test_it_is_of_the_schema_and_without_a_date(written: list[Path]):
    """The writer holds it against the schema before it writes; here is what a reader looks for first."""
    for name in ("application", "tools"):
        found = document(written[0], name)
        assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", found["serialNumber"])
        assert "timestamp" not in found["metadata"]


def test_every_function_has_the_layers_that_it_is_deployed_with(written: list[Path]):
    listed = depends(document(written[0], "application"))
    assert listed["millrace"] == sorted(translated_functions())
    for name, layers in translated_functions().items():
        assert listed[name] == sorted(layers), name


def test_every_package_of_every_layers_lock_is_below_its_layer(written: list[Path]):
    listed = depends(document(written[0], "application"))
    below = {purl.partition(";")[0] for refs in listed.values() for purl in refs if purl.startswith("pkg:")}
    of_layers = {pin for lock in locks() if "layers" in lock.parts for pin in pins(lock)}
    assert below <= {f"pkg:pypi/{name}@{version}" for name, version in of_layers}
    # A lock may have another release for a Python that Lambda does not have.
    assert {purl.partition("@")[0] for purl in below} == {f"pkg:pypi/{name}" for name, _ in of_layers}


def test_every_package_of_every_other_lock_is_among_the_tools(written: list[Path]):
    listed = depends(document(written[0], "tools"))
    for lock in (lock for lock in locks() if lock.parent.name == "requirements"):
        below = {purl.partition(";")[0] for purl in listed[lock.stem]}
        assert below == {f"pkg:pypi/{name}@{version}" for name, version in pins(lock)}


def test_what_wheels_bring_beside_python_stands_below_its_package(written: list[Path]):
    found = {each["name"]: each for each in document(written[0], "application")["components"]}
    for package, inside in sbom.BUNDLED.items():
        assert [each["name"] for each in found[package]["components"]] == sorted(name for name, _ in inside)


SONAMES = {
    "brotlicommon": "brotli",
    "brotlidec": "brotli",
    "freetype": "freetype",
    "harfbuzz": "harfbuzz",
    "jpeg": "libjpeg-turbo",
    "lcms": "lcms2",
    "lzma": "xz",
    "openjp": "openjpeg",
    "sharpyuv": "libwebp",
    "webpdemux": "libwebp",
    "webpmux": "libwebp",
    "zstd": "zstd",
}
"""Where the name of a file in the wheel is not that of its project."""


def test_what_pillows_wheel_brings_is_all_that_stands_below_it():
    """On Linux, where a wheel keeps what it brings in a folder of its own."""
    files = importlib.metadata.distribution("pillow").files or []
    found = {match[1].lower() for file in files if (match := re.search(r"pillow\.libs/lib([A-Za-z]+)", str(file)))}
    if not found:
        pytest.skip("this wheel of Pillow has its libraries elsewhere")
    assert {SONAMES.get(name, f"lib{name}") for name in found} == {name for name, _ in sbom.BUNDLED["pillow"]}


@pytest.mark.parametrize(
    ("line", "there"),
    [
        ("audioop-lts==0.2 ; python_version >= '3.13' \\\n", True),
        ("tomli==2.0 ; python_version < '3.11'\n", False),
        ("colorama==0.4 ; sys_platform == 'win32'\n", False),
        ("six==1.17.0 \\\n    --hash=sha256:00\n", True),
    ],
)
def test_a_package_is_there_where_lambda_gets_it(line: str, there: bool, tmp_path: Path):
    (tmp_path / "lock.txt").write_text(line)
    assert bool(list(sbom._on_lambda(sbom.packages(tmp_path / "lock.txt")))) is there


def test_pythons_are_those_of_the_template():
    from tests.template.translate import source

    assert [f"python{version}" for version in sbom.PYTHONS] == source()["Parameters"]["PythonRuntime"]["AllowedValues"]
