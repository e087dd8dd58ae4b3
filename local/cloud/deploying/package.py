"""Turn the local paths of a SAM template into objects in the artefact bucket, as `sam package` does."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.cloud.deploying import layers
from local.cloud.deploying.template import Template, TemplateError, read_template, read_yaml
from local.cloud.workers import unpacked

Put = Callable[[str, bytes], str]
"""Stores bytes under a key and gives the `s3://bucket/key` of them."""

# Left behind by editors and interpreters; never part of a package.
_SKIPPED_FOLDERS = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".git"}
_SOURCES = ("requirements.in", "requirements.txt", "Makefile")


def package(path: Path, put: Put, *, built: bool = False) -> Template:
    """The template at `path` with CodeUri, ContentUri, DefinitionUri and Location replaced by stored objects.

    With `built`, the folders are what `sam build` made and go as they are; otherwise a layer is represented by its
    requirements (see `local.cloud.workers.unpacked.stand_in`).
    """
    template = read_template(path)
    packager = _Packager(path.parent, put, built=built)
    code = template.get("Globals", {}).get("Function", {}).get("CodeUri")
    for name, resource in template["Resources"].items():
        properties = resource.setdefault("Properties", {})
        match resource.get("Type"):
            case "AWS::Serverless::Function" if "InlineCode" not in properties:
                properties["CodeUri"] = packager.code(name, properties.get("CodeUri", code))
            case "AWS::Serverless::LayerVersion":
                properties["ContentUri"] = packager.layer(name, properties.get("ContentUri"), resource)
            case "AWS::Serverless::StateMachine" if "DefinitionUri" in properties:
                properties["DefinitionUri"] = packager.definition(properties["DefinitionUri"])
            case "AWS::Serverless::Application":
                properties["Location"] = packager.application(properties["Location"])
    return template


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

    def code(self, name: str, uri: object) -> object:
        """CodeUri: functions that share a folder share the object."""
        if not isinstance(uri, str) or uri.startswith("s3://"):
            return uri
        folder = self._folder(name, uri)
        if folder not in self._stored:
            requirements = folder / "requirements.txt"
            if not self._built and requirements.exists() and layers.read_requirements(requirements.read_text()):
                raise TemplateError(
                    f"'{requirements}' has requirements, but third-party code belongs in a layer here;"
                    " move them, or build with 'sam build' and start with --built."
                )
            self._stored[folder] = self._store("code", zip_folder(folder), ".zip")
        return self._stored[folder]

    def layer(self, name: str, uri: object, resource: dict[str, Any]) -> object:
        """ContentUri: a folder as it is, or for a layer that `sam build` would build, its stand-in."""
        if not isinstance(uri, str) or uri.startswith("s3://"):
            return uri
        folder = self._folder(name, uri)
        if self._built or "BuildMethod" not in (resource.get("Metadata") or {}):
            return self._store("layers", zip_folder(folder), ".zip")
        requirements = next((folder / n for n in _SOURCES if (folder / n).exists()), None)
        if requirements is None or requirements.name == "Makefile":
            raise TemplateError(f"'{folder}' has no requirements.in, so that layer {name} has no local stand-in.")
        # `sam build` copies the folder's own files beside what pip installs.
        own = {
            f"python/{file.relative_to(folder).as_posix()}": file.read_bytes()
            for file in files_of(folder)
            if file.name not in _SOURCES
        }
        return self._store("layers", unpacked.stand_in(requirements.read_text(), own), ".zip")

    def definition(self, uri: object) -> object:
        """DefinitionUri: YAML goes as JSON, the one form that every endpoint reads."""
        if not isinstance(uri, str) or uri.startswith("s3://"):
            return uri
        document = read_yaml(self._base / uri)
        return self._store("machines", json.dumps(document).encode(), ".json")

    def application(self, location: object) -> object:
        """Location of a nested application: packaged in its turn, addressed by path style."""
        if not isinstance(location, str) or "://" in location:
            return location
        nested = package(self._base / location, self._put, built=self._built)
        return address(self._store("templates", json.dumps(nested).encode(), ".json"))

    def _folder(self, name: str, uri: str) -> Path:
        folder = (self._base / uri).resolve()
        if not folder.is_dir():
            raise TemplateError(f"{name} wants the folder '{uri}', which does not exist.")
        return folder

    def _store(self, kind: str, content: bytes, suffix: str) -> str:
        return store(self._put, kind, content, suffix)
