"""``make sbom``: CycloneDX lists of what is deployed, per function and layer, and of the tools of developers.

Everything is read from the templates and the locks, so the same tree gives the same bytes on every machine and day. A
package is there where a function on Linux, on one of the Pythons of Lambda, would get it. What wheels bring beside
Python, and no advisory about the package would name, stands below its package. Runs in .venv-audit, which has
CycloneDX' own library; what it writes is held against the schema first.
"""

from __future__ import annotations

import re
import sys
import tomllib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.deploying.template import read_template
from requirements.advisories import locks

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "sbom"
NESTED, LAYER, FUNCTION = (f"AWS::Serverless::{kind}" for kind in ("Application", "LayerVersion", "Function"))
PYTHONS = ("3.12", "3.13")
"""Of Lambda; the templates' parameter PythonRuntime has the same."""
ENVIRONMENTS: Mapping[str, str] = {
    "dev": "the project, its tests and the local cloud",
    "tools": "SAM CLI and cfn-lint",
    "audit": "checkov, parliament, pip-audit",
    "bench": "what make bench compares with",
    "training": "what programs of training jobs run on, on the local cloud",
}
BUNDLED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "imageio-ffmpeg": (("ffmpeg", "GPL-3.0-or-later"),),
    "lameenc": (("lame", "LGPL-2.0-or-later"),),
    "pillow": tuple(
        (name, "")
        for name in (
            "brotli",
            "freetype",
            "harfbuzz",
            "lcms2",
            "libavif",
            "libjpeg-turbo",
            "libpng",
            "libtiff",
            "libwebp",
            "libxau",
            "libxcb",
            "openjpeg",
            "xz",
            "zstd",
        )
    ),
    # The projects whose names stand in the library itself; it is one file.
    "pyvips-binary": (
        ("libvips", "LGPL-2.1-or-later"),
        ("glib", "LGPL-2.1-or-later"),
        ("cairo", "LGPL-2.1-only"),
        ("pango", "LGPL-2.0-or-later"),
        ("libexif", "LGPL-2.1-or-later"),
        ("libheif", "LGPL-3.0-or-later"),
        ("librsvg", "LGPL-2.1-or-later"),
        *(
            (name, "")
            for name in (
                "aom",
                "cgif",
                "expat",
                "fontconfig",
                "freetype",
                "harfbuzz",
                "highway",
                "lcms2",
                "libarchive",
                "libimagequant",
                "libnsgif",
                "libpng",
                "libtiff",
                "libwebp",
                "libxml2",
                "mozjpeg",
                "pixman",
                "zlib-ng",
            )
        ),
    ),
    "pypdfium2": (("pdfium", "BSD-3-Clause"),),
    "selectolax": (("lexbor", "Apache-2.0"),),
    "soundfile": (("libsndfile", "LGPL-2.1-or-later"), ("mpg123", "LGPL-2.1-only")),
}
"""Package -> programs and libraries in its wheel, with their licences where they differ from what the package says."""
_LINE = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Package:
    """``only``: the marker of the lock, "" where it is everywhere."""

    name: str
    version: str
    only: str = ""


@dataclass(frozen=True)
class Deployed:
    """``layers``: logical id -> packages; ``functions``: logical id -> (template, layers)."""

    layers: Mapping[str, frozenset[Package]]
    functions: Mapping[str, tuple[str, tuple[str, ...]]]


def deployed() -> Deployed:
    layers: dict[str, frozenset[Package]] = {}
    functions: dict[str, tuple[str, tuple[str, ...]]] = {}
    for path in templates(ROOT / "template.yaml"):
        template = read_template(path)
        everywhere = template.get("Globals", {}).get("Function", {}).get("Layers", [])
        for name, entry in template["Resources"].items():
            properties = entry.get("Properties", {})
            if entry["Type"] == LAYER:
                layers[name] = frozenset(_content(path, properties["ContentUri"]))
            elif entry["Type"] == FUNCTION:
                own = tuple(map(_asked_for, (*everywhere, *properties.get("Layers", []))))
                functions[name] = (str(path.relative_to(ROOT)), own)
    return Deployed(layers, functions)


def _asked_for(reference: Mapping[str, Any]) -> str:
    """The logical id of a layer; of one that a parameter asks for, too."""
    if "Fn::If" in reference:
        reference = reference["Fn::If"][1]
    return str(reference["Ref"])


def templates(path: Path) -> Iterator[Path]:
    yield path
    for entry in read_template(path)["Resources"].values():
        if entry["Type"] == NESTED:
            yield from templates((path.parent / entry["Properties"]["Location"]).resolve())


def _content(path: Path, uri: Any) -> Iterator[Package]:
    """The packages of a layer; where each architecture has a lock, those of all."""
    place = uri if isinstance(uri, str) else uri["Fn::Sub"]
    folders = sorted(path.parent.glob(place.replace("${Architecture}", "*")))
    if not folders:
        raise FileNotFoundError(f"There is no folder {place} of {path.name}.")
    for folder in folders:
        yield from _on_lambda(packages(folder / "requirements.txt"))


def packages(lock: Path) -> set[Package]:
    return {
        Package(re.sub(r"[-_.]+", "-", name).lower(), version, only)
        for name, version, only in _LINE.findall(lock.read_text())
    }


def _on_lambda(found: Iterable[Package]) -> Iterator[Package]:
    from packaging.markers import Marker

    linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    names = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    for package in found:
        marker = Marker(package.only) if package.only else None
        for version in PYTHONS:
            machine = {"python_version": version, "python_full_version": f"{version}.0", **linux, **names}
            if marker is None or marker.evaluate(machine):
                yield package
                break


# CycloneDX


def application() -> str:
    """JSON: the application -> its functions -> their layers -> packages."""
    found = deployed()
    parts = {name: _layer(name, found.layers[name]) for name in found.layers}
    for name, (template, own) in found.functions.items():
        missing = [layer for layer in own if layer not in found.layers]
        if missing:
            raise ValueError(f"{name} has the layer {missing[0]}, which no template makes.")
        parts[name] = _Part(name, "application", f"Lambda function of {template}", own)
    return _document("millrace", "application", "What is deployed", parts, found.functions)


def tools() -> str:
    """JSON: each environment -> its packages."""
    files = {path.stem: path for path in locks() if path.parent.name == "requirements"}
    if files.keys() != ENVIRONMENTS.keys():
        raise ValueError(f"Say in ENVIRONMENTS what {', '.join(sorted(files.keys() ^ ENVIRONMENTS.keys()))} is.")
    parts = {
        name: _Part(name, "application", ENVIRONMENTS[name], packages=frozenset(packages(path)))
        for name, path in files.items()
    }
    return _document("millrace-tools", "application", "What is never deployed", parts, parts)


@dataclass(frozen=True)
class _Part:
    name: str
    kind: str
    description: str
    parts: tuple[str, ...] = ()
    packages: frozenset[Package] = frozenset()


def _layer(name: str, found: frozenset[Package]) -> _Part:
    return _Part(name, "framework", "Lambda layer", packages=found)


def _document(name: str, kind: str, description: str, parts: Mapping[str, _Part], tops: Iterable[str]) -> str:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    bom = Bom(serial_number=uuid.UUID(int=0))
    bom.metadata.timestamp = None  # type: ignore[assignment]  # the same tree gives the same bytes
    home = Component(name=name, type=ComponentType(kind), bom_ref=name, version=version, description=description)
    bom.metadata.component = home
    made = {
        key: Component(
            name=part.name,
            type=ComponentType(part.kind),
            bom_ref=part.name,
            version=version,
            description=part.description,
        )
        for key, part in parts.items()
    }
    libraries = {package: _library(package) for part in parts.values() for package in part.packages}
    for component in (*made.values(), *libraries.values()):
        bom.components.add(component)
    bom.register_dependency(home, [made[key] for key in tops])
    for key, part in parts.items():
        inner = [made[each] for each in part.parts] + [libraries[package] for package in part.packages]
        bom.register_dependency(made[key], inner)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, JsonV1Dot6(bom).output_as_string())
    text = JsonV1Dot6(bom).output_as_string(indent=1) + "\n"
    check(text)
    return text


def _library(package: Package) -> Any:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.license import LicenseExpression
    from packageurl import PackageURL

    purl = PackageURL("pypi", None, package.name, package.version)
    inside = [
        Component(
            name=name,
            type=ComponentType.LIBRARY,
            bom_ref=f"{purl.to_string()}#{name}{';' + package.only if package.only else ''}",
            licenses=[LicenseExpression(licence)] if licence else (),
        )
        for name, licence in BUNDLED.get(package.name, ())
    ]
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=purl.to_string() + (f";{package.only}" if package.only else ""),
        properties=[Property(name="millrace:only-where", value=package.only)] if package.only else (),
        components=inside,
    )


def check(text: str) -> None:
    """Raises ValueError where a document is not of CycloneDX' schema."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise ValueError(f"The list is not of the schema of CycloneDX 1.6: {problem.data}")


def main(folder: Path = FOLDER) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("application", application()), ("tools", tools())):
        path = folder / f"{name}.cdx.json"
        path.write_text(text, encoding="utf-8")
        number = text.count('"purl"')
        print(f"{path}: {number} packages")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:])))
