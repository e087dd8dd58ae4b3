"""Enough of the AWS CLI 2 to run what the pages have. It is no AWS CLI: version 2 is in no package registry.

Services, operations, options and their types are those of botocore's models, out of which the AWS CLI makes its own
commands; an option that a model does not have is refused, with the CLI's exit code.
Of `aws s3` there are `ls` and `cp`.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import jmespath
from botocore import xform_name
from botocore.config import Config

USAGE = 252
"""The AWS CLI's exit code for a command that it cannot parse (user guide, "Command line return codes")."""


class UsageError(Exception):
    """The command cannot be parsed."""


def main(arguments: list[str]) -> int:
    options, rest = _globals().parse_known_args(arguments)
    try:
        return _command(rest, options)
    except UsageError as error:
        sys.stderr.write(f"aws: {error}\n")
        return USAGE


def _command(rest: list[str], options: argparse.Namespace) -> int:
    if len(rest) < 2 or rest[0].startswith("-"):
        raise UsageError("aws <service> <operation> [options]")
    if rest[0] == "s3":
        return _s3(rest[1], rest[2:])
    return _operation(rest[0], rest[1], rest[2:], options)


def _globals() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aws", add_help=False, allow_abbrev=False)
    parser.add_argument("--query")
    parser.add_argument("--output", choices=("json", "text"), default="json")
    parser.add_argument("--cli-binary-format", choices=("base64", "raw-in-base64-out"), default="base64")
    parser.add_argument("--cli-read-timeout", type=int, default=60)
    return parser


def _operation(service: str, name: str, rest: list[str], options: argparse.Namespace) -> int:
    service = {"s3api": "s3"}.get(service, service)
    if service not in boto3.Session().get_available_services():
        raise UsageError(f"there is no service {service}")
    client = boto3.client(service, config=Config(read_timeout=options.cli_read_timeout))  # type: ignore[call-overload]
    names = {xform_name(operation, "-"): operation for operation in client.meta.service_model.operation_names}
    if name not in names:
        raise UsageError(f"{service} has no operation {name}")
    model = client.meta.service_model.operation_model(names[name])
    stream = model.get_streaming_output() is not None
    wanted, left = _parameters(model.input_shape, rest, options)
    if len(left) != int(stream):
        raise UsageError(f"unexpected: {' '.join(left)}" if left else "a file for the answer is missing")
    answer = getattr(client, xform_name(names[name]))(**wanted)
    answer.pop("ResponseMetadata")
    if stream:
        body = answer.pop(model.output_shape.serialization["payload"])
        Path(left[0]).write_bytes(body.read())
    _print(answer, options)
    return 0


def _parameters(shape: Any, rest: list[str], options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    members = {xform_name(name, "-"): (name, member) for name, member in (shape.members if shape else {}).items()}
    found: dict[str, Any] = {}
    left: list[str] = []
    words = list(rest)
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            left.append(word)
            continue
        name, no = word[2:], False
        if name not in members and name.startswith("no-"):
            name, no = name[3:], True
        if name not in members:
            raise UsageError(f"unknown option: {word}")
        member, type_ = members[name]
        if type_.type_name == "boolean":
            found[member] = not no
            continue
        values = [words.pop(0)] if words else []
        while type_.type_name == "list" and words and not words[0].startswith("--"):
            values.append(words.pop(0))
        if not values:
            raise UsageError(f"{word} needs a value")
        found[member] = _value(type_, values, options)
    return found, left


def _value(shape: Any, values: list[str], options: argparse.Namespace) -> Any:
    text = values[0]
    if shape.type_name == "blob":
        if text.startswith("fileb://"):
            return Path(text[8:]).read_bytes()
        raw = options.cli_binary_format == "raw-in-base64-out"
        return _text(text).encode() if raw else base64.b64decode(_text(text), validate=True)
    text = _text(text)
    if shape.type_name in {"integer", "long"}:
        return int(text)
    if shape.type_name in {"float", "double"}:
        return float(text)
    if shape.type_name in {"structure", "map"} or (shape.type_name == "list" and text.lstrip().startswith("[")):
        try:
            return json.loads(text)
        except ValueError as error:
            raise UsageError(f"this is no JSON, and the stand-in knows no shorthand: {text}") from error
    return [_value(shape.member, [one], options) for one in values] if shape.type_name == "list" else text


def _text(value: str) -> str:
    return Path(value[7:]).read_text(encoding="utf-8") if value.startswith("file://") else value


def _print(answer: Any, options: argparse.Namespace) -> None:
    if options.query:
        answer = jmespath.search(options.query, answer)
    if answer in ({}, None) and not options.query:
        return
    if options.output == "json":
        sys.stdout.write(json.dumps(answer, indent=4, default=str, ensure_ascii=False) + "\n")
    else:
        parts = answer if isinstance(answer, list) else [answer]
        sys.stdout.write("\t".join("None" if part is None else str(part) for part in parts) + "\n")


def _s3(command: str, rest: list[str]) -> int:
    recursive = "--recursive" in rest
    places = [word for word in rest if not word.startswith("--")]
    if command not in {"ls", "cp"} or len(places) != {"ls": 1, "cp": 2}.get(command) or len(rest) - len(places) > 1:
        raise UsageError(f"the stand-in has no aws s3 {command} {' '.join(rest)}")
    return (_list if command == "ls" else _copy)(boto3.client("s3"), places, recursive=recursive)


def _list(s3: Any, places: list[str], *, recursive: bool) -> int:
    bucket, prefix = _place(places[0])
    found = False
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, **({} if recursive else {"Delimiter": "/"})
    )
    for page in pages:
        for entry in page.get("CommonPrefixes", []):
            found = True
            sys.stdout.write(f"PRE {entry['Prefix']}\n")
        for entry in page.get("Contents", []):
            found = True
            sys.stdout.write(f"{entry['LastModified']:%Y-%m-%d %H:%M:%S} {entry['Size']:>10} {entry['Key']}\n")
    return 0 if found or not prefix else 1


def _copy(s3: Any, places: list[str], *, recursive: bool) -> int:
    source, target = places
    if target.startswith("s3://"):
        bucket, key = _place(target)
        s3.upload_file(source, bucket, key + (Path(source).name if not key or key.endswith("/") else ""))
        return 0
    bucket, key = _place(source)
    if not recursive:
        s3.download_file(bucket, key, target)
        return 0
    for found in _keys(s3, bucket, key):
        path = Path(target, found.removeprefix(key).lstrip("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, found, str(path))
    return 0


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (entry["Key"] for entry in page.get("Contents", []))


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url, scheme="s3")
    if parts.scheme != "s3" or not parts.netloc:
        raise UsageError(f"{url} is no s3://bucket/key")
    return parts.netloc, parts.path.removeprefix("/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
