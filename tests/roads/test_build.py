"""What `sam build` makes of the template for both architectures, looked at from the inside."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from narration.audio import silence
from tests.roads.builds import ARCHITECTURES, HERE, built, python, supported
from tests.template import rules
from tests.unit.narration import audio

# ELF header, e_machine (System V ABI supplements): what a binary was built for.
MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}

MEGABYTE = 1024 * 1024
BUDGETS = {"with FfmpegLayer": 150 * MEGABYTE, "without": 90 * MEGABYTE}
"""Unzipped bytes of a function with its layers; Lambda's own limit is 250 MB for all of them together."""


def machine_of(path: Path) -> str | None:
    """What an ELF binary was built for; None for any other file."""
    with path.open("rb") as file:
        header = file.read(20)
    if header[:4] != b"\x7fELF":
        return None
    return MACHINES.get(int.from_bytes(header[18:20], "little"), f"machine {header[18:20].hex()}")


def binaries(folder: Path) -> Iterator[tuple[str, str]]:
    """Path below the folder and architecture of every ELF binary."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            machine = machine_of(path)
            if machine:
                yield path.relative_to(folder).as_posix(), machine


@dataclass(frozen=True)
class Built:
    """A function as it was built: its folder, its handler and the folders of its layers by their logical ids."""

    home: Path
    handler: str
    layers: dict[str, Path]


def functions(architecture: str) -> dict[str, Built]:
    """Every function of the application by its logical id, those of nested applications included."""
    found: dict[str, Built] = {}
    for path in sorted(built(architecture).rglob("template.yaml")):
        template = read_template(path)
        common = template.get("Globals", {}).get("Function", {}).get("Layers", [])
        for name, function in rules.of_type(template, "AWS::Serverless::Function").items():
            layers = [_layer(layer) for layer in (*common, *function.get("Layers", []))]
            folders = {layer: path.parent / _content(template, layer) for layer in layers}
            found[name] = Built((path.parent / function["CodeUri"]).resolve(), function["Handler"], folders)
    return found


def _layer(reference: dict[str, Any]) -> str:
    """A layer that a parameter adds is built and counted too."""
    match reference:
        case {"Fn::If": [_, layer, {"Ref": "AWS::NoValue"}]}:
            return rules.target(layer)
    return rules.target(reference)


def _content(template: dict[str, Any], layer: str) -> str:
    return str(template["Resources"][layer]["Properties"]["ContentUri"])


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_binary_is_of_the_architecture(architecture):
    found = dict(binaries(built(architecture)))
    assert {name: machine for name, machine in found.items() if machine != architecture} == {}
    for part in (
        "Narration/AudioLayer/python/_cffi_backend",
        "Narration/DecoderLayer/python/_soundfile_data/libsndfile",
        "Narration/FfmpegLayer/bin/ffmpeg",
        "Narration/PowertoolsLayer/python/pydantic_core/",
        "Narration/PowertoolsLayer/python/selectolax/",
        "Images/ImagingLayer/python/PIL/",
        "Images/VipsLayer/python/_libvips",
        "Documents/DocumentsLayer/python/pypdfium2_raw/",
        "Llm/LanguageLayer/python/rapidfuzz/",
    ):
        assert any(name.startswith(part) for name in found), f"{part} has no binary: this test looks at nothing"


def test_the_two_builds_differ():
    """A binary that was taken for the other architecture would be seen."""
    arm, x86 = (dict(binaries(built(architecture))) for architecture in ARCHITECTURES[::-1])
    assert set(arm.values()) == {"arm64"}
    assert set(x86.values()) == {"x86_64"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_functions_stay_in_their_budget(architecture):
    assert {
        "NarrationRedriveFailed",
        "DocumentsBatchPrepare",
        "NarrationMerge",
        "ImagesUrlDoor",
        "TripsClean",
    } <= functions(architecture).keys()
    for name, function in functions(architecture).items():
        budget = BUDGETS["with FfmpegLayer" if "FfmpegLayer" in function.layers else "without"]
        total = sum(map(size, (function.home, *function.layers.values())))
        assert total <= budget, f"{name} has {total / MEGABYTE:.0f} MB of {budget / MEGABYTE:.0f}"
        # The text of eight pipelines has 2.8 MB; a library has larger files, or many.
        assert size(function.home) < 3 * MEGABYTE, f"{name} carries something that belongs in a layer"
        large = [
            path.name for path in function.home.rglob("*") if path.is_file() and path.stat().st_size > MEGABYTE / 8
        ]
        assert large == [], f"{name} carries files that belong in a layer"


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_function_carries_our_code_and_nothing_else(architecture):
    ours = {path.name for path in (ROOT / "functions").iterdir()} - {"__pycache__"}
    for name, function in functions(architecture).items():
        assert {path.name for path in function.home.iterdir()} == ours, name


CHECK = """
import importlib, importlib.util, json, sys
from pathlib import Path
task, layers, modules, fragment = json.loads(sys.argv[1])
sys.path[:0] = [task, *layers]
for name in modules:
    found = importlib.import_module(name).__file__
    assert found.startswith((task, *layers)), f"{name} comes from {found}"
if "soundfile" in modules:
    from narration.audio import silence
    from narration.audio.codecs import decoding
    assert importlib.util.find_spec("numpy") is None, "numpy is 73 MB and nothing here needs it"
    print(decoding.version(), silence.measure_clip(Path(fragment)))
if "ffmpeg" in modules:
    from narration.audio import merging
    from narration.audio.codecs import ffmpeg_tool
    assert Path(ffmpeg_tool.find()).parts[-3:] == ("FfmpegLayer", "bin", "ffmpeg")
    print("ffmpeg version", ffmpeg_tool.version(), merging.unexpected(merging.tools(ffmpeg=True)))
"""

THIRD_PARTY = {
    "PowertoolsLayer": ["aws_lambda_powertools", "boto3", "pydantic", "pydantic_core", "selectolax"],
    "AudioLayer": ["cffi", "lameenc", "pydub"],
    "DecoderLayer": ["soundfile"],
    "FfmpegLayer": ["ffmpeg"],
    "ImagingLayer": ["PIL", "PIL.Image"],
    "VipsLayer": ["cffi", "pyvips"],
    "DocumentsLayer": [
        *("PIL.Image", "charset_normalizer", "mammoth", "markdown_it", "olefile", "phonenumbers", "pypdf", "pypdfium2"),
        "python_calamine",
    ],
    "LanguageLayer": ["rapidfuzz.fuzz"],
    "SqlLayer": ["sqlglot", "sqlglot.dialects.trino"],
}


@pytest.fixture
def runnable() -> str:
    """The architecture of this machine: what is built for the other one cannot be run here."""
    if HERE not in ARCHITECTURES:
        pytest.fail(f"Lambda has no {platform.machine()}, so nothing that is built can be run on this machine.")
    return HERE


def test_what_was_built_can_be_imported(runnable, tmp_path):
    """Each handler with its own layers and the standard library, nothing else; what they are for works."""
    fragment = tmp_path / "fragment.mp3"
    fragment.write_bytes(audio.fragment(audio.tone(1)))
    measured = f"libsndfile 1.2.2 {silence.measure_clip(fragment)}"
    for name, function in functions(runnable).items():
        modules = [function.handler.rpartition(".")[0], *(m for layer in function.layers for m in THIRD_PARTY[layer])]
        folders = [str(folder / "python") for folder in function.layers.values()]
        done = subprocess.run(
            [
                python()[0],
                "-I",
                "-S",
                "-B",
                "-W",
                "ignore",
                "-c",
                CHECK,
                json.dumps([str(function.home), folders, modules, str(fragment)]),
            ],
            env={"PATH": "", "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"
        assert (measured in done.stdout) == ("DecoderLayer" in function.layers)
        assert ("ffmpeg version 7.0.2-static {}" in done.stdout) == ("FfmpegLayer" in function.layers)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_ffmpeg_may_be_executed_as_it_was_built_and_is_there_once(architecture):
    found = [
        path for path in built(architecture).rglob("*ffmpeg*") if path.is_file() and path.stat().st_size > MEGABYTE
    ]
    assert [path.relative_to(built(architecture)).as_posix() for path in found] == ["Narration/FfmpegLayer/bin/ffmpeg"]
    assert found[0].stat().st_mode & 0o111 == 0o111


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_who_speaks_carries_a_decoder_and_no_ffmpeg(architecture):
    speaks, merges = (functions(architecture)[name].layers for name in ("NarrationSynthesize", "NarrationMerge"))
    assert speaks.keys() == {"PowertoolsLayer", "AudioLayer", "DecoderLayer"}
    assert merges.keys() == {*speaks, "FfmpegLayer"}
    assert size(speaks["DecoderLayer"]) + size(speaks["AudioLayer"]) < 8 * MEGABYTE
    assert not list(built(architecture).rglob("numpy"))


def test_a_path_without_python_is_said_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        pytest.fail.Exception, match=r"needs Python 3\.11, 3\.12 or 3\.13 on the path, and there is none"
    ):
        python.__wrapped__()


def test_an_interpreter_that_is_too_old_is_none(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho /somewhere/python3\necho 3.9\n")
    old.chmod(0o755)
    assert supported(str(old)) is None
