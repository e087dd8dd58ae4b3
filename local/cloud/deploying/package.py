"""Turn the local paths of a SAM template into objects in the artefact bucket, as `sam package` does."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.cloud.deploying import layers
from local.cloud.deploying.template import Template, TemplateError, read_template
from local.cloud.workers import unpacked

Put = Callable[[str, bytes], str]
"""Stores bytes under a key and gives the `s3://bucket/key` of them."""

# Left behind by editors and interpreters; never part of a package.
_SKIPPED_FOLDERS = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".git"}
_SOURCES = ("requirements.in", "requirements.txt", "Makefile")
# Documents that go as they are, for types and properties that `sam package` takes a local path for.
_DOCUMENTS = {
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::StepFunctions::StateMachine": "DefinitionS3Location",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::ApiGateway::RestApi": "BodyS3Location",
    "AWS::ApiGatewayV2::Api": "BodyS3Location",
}
_PATHS = {
    **_DOCUMENTS,
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Application": "Location",
    "AWS::Lambda::Function": "Code",
    "AWS::Lambda::LayerVersion": "Content",
    "AWS::CloudFormation::Stack": "TemplateURL",
}
# How the types that SAM does not translate name an object: the keys of its bucket and its name.
_MAPS = {"Code": "S3", "Content": "S3", "DefinitionS3Location": "", "BodyS3Location": ""}


def package(path: Path, put: Put, *, built: bool = False) -> Template:
    """The template at `path` with local paths (CodeUri, DefinitionUri, Location and the like) as stored objects.

    With `built`, the folders are what `sam build` made and go as they are; otherwise a layer is represented by its
    requirements (see `local.cloud.workers.unpacked.stand_in`). A path in a text of `Fn::Sub`, as `sam build` takes it,
    is read with the defaults of the template's parameters: it names a folder per architecture, and here all are alike.
    """
    template = read_template(path)
    packager = _Packager(path.parent, put, built=built)
    code = template.get("Globals", {}).get("Function", {}).get("CodeUri")
    for name, resource in template["Resources"].items():
        kind = resource.get("Type")
        where = _PATHS.get(kind)
        properties = resource.get("Properties") or {}
        default = code if kind == "AWS::Serverless::Function" and "InlineCode" not in properties else None
        uri = _plain(properties.get(where, default), template.get("Parameters") or {})
        # Another form than a text names what is stored already.
        if where is not None and isinstance(uri, str) and "://" not in uri:
            stored = packager.store(name, resource, where, uri)
            resource["Properties"] = {**properties, where: stored}
    return template


def _plain(uri: object, parameters: dict[str, Any]) -> object:
    """A text of `Fn::Sub` with the defaults of its parameters; what names anything else stays as it is."""
    text = uri.get("Fn::Sub") if isinstance(uri, dict) and len(uri) == 1 else None
    if not isinstance(text, str):
        return uri
    defaults = {name: str(one["Default"]) for name, one in parameters.items() if "Default" in one}
    if not set(re.findall(r"\$\{([^}]*)\}", text)) <= defaults.keys():
        return uri
    return re.sub(r"\$\{([^}]*)\}", lambda found: defaults[found[1]], text)


def store(put: Put, kind: str, content: bytes, suffix: str) -> str:
    """The `s3://bucket/key` of `content`. The key follows the content: nothing changed, nothing updated."""
    return put(f"{kind}/{hashlib.sha256(content).hexdigest()}{suffix}", content)


def address(stored: str) -> str:
    """Where CloudFormation reads a template that lies at `s3://bucket/key`, by path style."""
    return stored.replace("s3://", "https://s3.amazonaws.com/")


def zip_folder(folder: Path) -> bytes:
    """A zip of a folder; the same content gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in files_of(folder):
            mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
            unpacked.write(archive, file.relative_to(folder).as_posix(), file.read_bytes(), mode)
    return buffer.getvalue()


def files_of(folder: Path) -> list[Path]:
    """The files to package, in a stable order."""
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and not _SKIPPED_FOLDERS & set(file.relative_to(folder).parts)
    )


class _Packager:
    def __init__(self, base: Path, put: Put, *, built: bool) -> None:
        self._base = base
        self._put = put
        self._built = built
        self._stored: dict[Path, str] = {}

    def store(self, name: str, resource: dict[str, Any], where: str, uri: str) -> object:
        """What `uri` names, stored; in the form in which the property `where` of this type names an object."""
        kind = resource["Type"]
        if kind in _DOCUMENTS:
            stored = self._document(uri)
        elif where in ("CodeUri", "Code"):
            stored = self._code(name, uri)
        elif where in ("ContentUri", "Content"):
            stored = self._layer(name, uri, resource)
        else:
            return self._application(uri)
        if where not in _MAPS:
            return stored
        bucket, _, key = stored.removeprefix("s3://").partition("/")
        return {f"{_MAPS[where]}Bucket": bucket, f"{_MAPS[where]}Key": key}

    def _code(self, name: str, uri: str) -> str:
        """CodeUri: functions that share a folder share the object."""
        path = (self._base / uri).resolve()
        if path not in self._stored:
            requirements = path / "requirements.txt"
            if not self._built and requirements.exists() and layers.read_requirements(requirements.read_text()):
                raise TemplateError(
                    f"'{requirements}' has requirements, but third-party code belongs in a layer here;"
                    " move them, or build with 'sam build' and start with --built."
                )
            self._stored[path] = self._store("code", self._zip(name, uri), ".zip")
        return self._stored[path]

    def _layer(self, name: str, uri: str, resource: dict[str, Any]) -> str:
        """ContentUri: a folder as it is, or for a layer that `sam build` would build, its stand-in."""
        if self._built or "BuildMethod" not in (resource.get("Metadata") or {}):
            return self._store("layers", self._zip(name, uri), ".zip")
        folder = self._folder(name, uri)
        requirements = next((folder / n for n in _SOURCES if (folder / n).exists()), None)
        if requirements is None or requirements.name == "Makefile":
            raise TemplateError(f"'{folder}' has no requirements.in, so that layer {name} has no local stand-in.")
        # `sam build` copies the folder's own files beside what pip installs.
        own = {
            f"python/{file.relative_to(folder).as_posix()}": file.read_bytes()
            for file in files_of(folder)
            if file.name not in _SOURCES
        }
        # Beside requirements.in stands its lock. What that does not name is not shipped, though a package may want it.
        lock = folder / "requirements.txt"
        shipped = layers.locked(lock.read_text()) if requirements.name.endswith(".in") and lock.exists() else None
        return self._store("layers", unpacked.stand_in(requirements.read_text(), own, shipped), ".zip")

    def _document(self, uri: str) -> str:
        """A definition as it is: it need not be JSON or YAML before its substitutions."""
        file = self._base / uri
        if not file.is_file():
            raise TemplateError(f"There is no file '{file}'.")
        return self._store("documents", file.read_bytes(), file.suffix)

    def _application(self, location: str) -> str:
        """Location of a nested application: packaged in its turn, addressed by path style."""
        nested = package(self._base / location, self._put, built=self._built)
        return address(self._store("templates", json.dumps(nested).encode(), ".json"))

    def _zip(self, name: str, uri: str) -> bytes:
        """A folder, or a file alone, as a zip; a zip stays what it is."""
        path = (self._base / uri).resolve()
        if not path.is_file():
            return zip_folder(self._folder(name, uri))
        if zipfile.is_zipfile(path):
            return path.read_bytes()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            unpacked.write(archive, path.name, path.read_bytes(), 0o644)
        return buffer.getvalue()

    def _folder(self, name: str, uri: str) -> Path:
        folder = (self._base / uri).resolve()
        if not folder.is_dir():
            raise TemplateError(f"{name} wants the folder '{uri}', which does not exist.")
        return folder

    def _store(self, kind: str, content: bytes, suffix: str) -> str:
        return store(self._put, kind, content, suffix)
