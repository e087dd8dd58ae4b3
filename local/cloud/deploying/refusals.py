"""Why CloudFormation refused a template, with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.cloud.deploying import transforms
from local.cloud.deploying.places import definition_of, nested_by, owner, place, place_in
from local.cloud.deploying.template import read_template

# One problem of a definition: what is wrong, and where.
_PROBLEM = re.compile(r"(?P<said>[A-Z_]{4,}: .*?) at (?P<pointer>/[^,']*)(?=, [A-Z_]{4,}: |')")
_POINTER = re.compile(r"\[/([\w/.-]+)\]")
_WORD = re.compile(r"[A-Za-z0-9_.:-]+")
_SECTIONS = ("Resources", "Parameters", "Outputs", "Conditions", "Mappings")
_STACK = "AWS::CloudFormation::Stack"


def of_the_call(template: Path, sent: dict[str, Any], sentence: str) -> str:
    """The sentence of a call's ValidationError, with the place in `template` that it speaks of where one is found."""
    found = transforms.errors(sent, sentence)
    if found:
        return _told(sentence, [(place(template, path), text) for path, text in found])
    path = _spoken_of(sent, sentence)
    return f"{place(template, path)}: {sentence}" if path else sentence


def _told(sentence: str, found: list[tuple[str, str]]) -> str:
    """One error behind its place; several below the sentence that holds them all."""
    if len(found) == 1:
        return f"{found[0][0]}: {sentence}"
    head = sentence.partition(found[0][1])[0].strip()
    return "\n  ".join([head, *(f"{where}: {text}" for where, text in found)])


def _spoken_of(sent: dict[str, Any], sentence: str) -> tuple[str, ...]:
    """The path of what a sentence speaks of: from the same checks where they say the same, else by its names.

    The checks see the template before its transform, so that they know less than CloudFormation does.
    """
    from local.gaps.cloudformation._template import functions, references, sections
    from local.gaps.cloudformation._template.nodes import references as referenced

    checks = (sections.nulls, sections.transforms, sections.faults, functions.faults, references.faults)
    for check in checks:
        for fault in check(sent):
            if fault.sentence == sentence:
                return fault.path
    if (pointer := _POINTER.search(sentence)) is not None:
        return tuple(pointer.group(1).split("/"))
    words = set(_WORD.findall(sentence))
    for section in ("Conditions", "Resources", "Outputs"):
        for found in referenced(sent.get(section) or {}, (section,)):
            if found.name in words and not any(found.name in (sent.get(known) or {}) for known in _SECTIONS):
                return found.path
    named = ((section, name) for section in _SECTIONS for name in (sent.get(section) or {}) if name in words)
    typed = (
        ("Resources", name, "Type") for name, made in (sent.get("Resources") or {}).items() if made.get("Type") in words
    )
    return next(typed, None) or next(named, ())


def of_the_stack(cloudformation: Any, stack: str, template: Path) -> list[str]:
    """Why the last operation of a stack failed, a line for each reason."""
    lines = []
    for path, reason in _reasons(cloudformation, stack):
        within = _within(template, path, reason)
        lines += [
            f"{within or place(template, path)}: {reason} (/{'/'.join(path)})",
            *_problems(template, path, reason),
        ]
    return list(dict.fromkeys(lines))


def _within(template: Path, path: tuple[str, ...], reason: str) -> str | None:
    """The place in a nested template that its transform speaks of first."""
    file, inner = owner(template, path)
    nested = nested_by(file, inner) if len(inner) > 1 else None
    found = transforms.errors(read_template(nested), reason) if nested is not None else []
    return place(nested, found[0][0]) if nested is not None and found else None


def _problems(template: Path, path: tuple[str, ...], reason: str) -> Iterator[str]:
    """What is wrong with a state machine, each with the line of its definition."""
    definition = definition_of(template, path)
    told = list(_PROBLEM.finditer(reason.partition("Invalid State Machine Definition: '")[2]))
    missing = any("Missing 'Next' target" in found["said"] for found in told)
    for found in told:
        if missing and found["said"].endswith("is not reachable."):
            continue  # what follows from the missing target; AWS's sentence tells it too
        pointer = found["pointer"].replace("[", "/").replace("]", "").strip("/").split("/")
        inline = (*path[: path.index("Resources") + 2], "Properties", "Definition", *pointer)
        where = place_in(definition, pointer) if definition is not None else place(template, inline)
        yield f"{where}: {found['said']}"


def _reasons(cloudformation: Any, stack: str, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    failed = [event for event in _last_operation(cloudformation, stack) if event["ResourceStatus"].endswith("FAILED")]
    if any(event.get("DetailedStatus") == "VALIDATION_FAILED" for event in failed):
        events = cloudformation.describe_events(StackName=stack)["OperationEvents"]
        for event in events:
            if event["EventType"] == "VALIDATION_ERROR" and event["OperationType"] in ("CREATE_STACK", "UPDATE_STACK"):
                yield tuple(event["ValidationPath"].strip("/").split("/")), event["ValidationStatusReason"]
        return
    for event in failed:
        reason, name = event.get("ResourceStatusReason", "no reason given"), event["LogicalResourceId"]
        path = (*prefix, "Resources", name)
        child = _child(cloudformation, stack, name) if event["ResourceType"] == _STACK else None
        inner = list(_reasons(cloudformation, child, path)) if child is not None else []
        if name != stack or not prefix:
            yield from inner or [(path if name != stack else ("Resources",), reason)]


def _last_operation(cloudformation: Any, stack: str) -> list[dict[str, Any]]:
    """The events since the stack was last asked to be created or updated, oldest first."""
    events: list[dict[str, Any]] = []
    for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
        events.insert(0, event)
        started = event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        if started and event["PhysicalResourceId"] == event["StackId"]:
            break
    return events


def _child(cloudformation: Any, stack: str, logical_id: str) -> str | None:
    """The stack that a resource made last: one that failed has no physical id yet."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    made = [one for page in pages for one in page["Stacks"] if one["StackName"].startswith(f"{stack}-{logical_id}-")]
    return max(made, key=lambda one: one["CreationTime"])["StackName"] if made else None
