"""The prices of models compared with the price list service: what differs, what is missing, what nobody looked at."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from llm import model_families
from llm.prices import FILE, GLOBAL, rates
from operate.clients import Target
from operate.errors import OperateError
from operate.models import price_list
from operate.models.price_list import Listed

OLD_DAYS = 180
KINDS = ("input", "output", "cache_read", "cache_write")
SIGNS = 1e-6
"""Dollars below which two prices are the same."""


@dataclass(slots=True)
class Comparison:
    """``same``: models whose price the list confirms; ``differing``: model -> prices of the list and since when;
    ``unlisted``: models that the list does not sell; ``missing``: models that are listed and not in the table, by id;
    ``nameless``: those whose id could not be found; ``long``: those that differ and have prices of long prompts, which
    are nobody's to guess; ``doubtful``: those that the list has at two prices."""

    same: set[str] = field(default_factory=set)
    differing: dict[str, tuple[dict[str, float], date]] = field(default_factory=dict)
    unlisted: list[str] = field(default_factory=list)
    missing: dict[str, tuple[dict[str, float], date]] = field(default_factory=dict)
    nameless: list[str] = field(default_factory=list)
    long: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


def command(target: Target, now: float, *, write: bool, path: Path = FILE) -> Iterator[str]:
    """Lines: how old the table is, and what the price list says otherwise. Raises OperateError."""
    if target.port is not None:
        raise OperateError("The local cloud sells no models and has no price list; run it without --local.")
    today = datetime.fromtimestamp(now, UTC).date()
    text = path.read_text()
    table = tomllib.loads(text)
    yield from ages(table, path, today)
    pricing = Target(profile=target.profile, region=price_list.ENDPOINT).client("pricing")
    listed = price_list.read(pricing, table["region"])
    if not listed:
        raise OperateError(f"The price list has no models of {table['region']}; correct `region` in {path.name}.")
    ids = price_list.names_of(Target(profile=target.profile, region=table["region"]).client("bedrock"))
    found = compare(table, listed, ids)
    yield from told(found, table)
    if write:
        path.write_text(written(text, found, today))
        yield f"Written to {path.name}; read what changed (git diff), then deploy."
    elif found.same or found.differing or found.missing:
        yield "Nothing was written; --write does it."


def ages(table: Mapping[str, Any], path: Path, today: date) -> Iterator[str]:
    """How many prices, and when somebody last looked at them."""
    by_model = {model: entry.get("checked", table["checked"]) for entry, model in newest(table)}
    yield f"{path.name}: {len(by_model)} prices of {table['region']}, list prices in US dollars for a million tokens"
    old = sorted((day, model) for model, day in by_model.items() if (today - day).days > OLD_DAYS)
    yield f"Compared with their source from {min(by_model.values())} to {max(by_model.values())}"
    if old:
        yield f"Not looked at for more than {OLD_DAYS} days: " + ", ".join(f"{model} ({day})" for day, model in old)


def newest(table: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The entry that holds now, and the model."""
    latest: dict[str, Mapping[str, Any]] = {}
    for entry in table["price"]:
        for model in entry["models"]:
            if model not in latest or latest[model]["since"] < entry["since"]:
                latest[model] = entry
    yield from ((entry, model) for model, entry in latest.items())


def compare(table: Mapping[str, Any], listed: Mapping[str, Listed], ids: Mapping[str, str]) -> Comparison:
    """The table beside the list. ``ids``: key of a model's name -> its id."""
    found, taken = Comparison(), dict[str, str]()
    for entry, model in newest(table):
        bare = model.removeprefix(GLOBAL)
        names = [price_list.key(entry["listed"])] if "listed" in entry else list(price_list.keys(bare))
        name = next((name for name in names if name in listed), "")
        taken.setdefault(name, bare)
        one = listed.get(name)
        said = {} if one is None else one.global_rates if model.startswith(GLOBAL) else one.rates
        if one is None or not {"input", "output"} <= said.keys():
            found.unlisted.append(model)
        elif one.doubtful & said.keys():
            found.doubtful.append(model)
        elif differs(entry, said):
            kept = {kind: float(entry[kind]) for kind in KINDS if kind in entry}
            found.differing[model] = kept | said, one.since
            found.long.extend([model] if "long_prompt" in entry else [])
        else:
            found.same.add(model)
    here = {model for _, model in newest(table)}
    for name, one in listed.items():
        model_id = ids.get(name, one.model_id)
        known = taken.get(name) or (model_families.bare(model_id) if model_id else "")
        for prefix, said in (("", one.rates), (GLOBAL, one.global_rates)):
            if {"input", "output"} <= said.keys() and prefix + known not in here:
                _missing(one, prefix, known, said, found)
    return found


def _missing(one: Listed, prefix: str, known: str, said: dict[str, float], found: Comparison) -> None:
    """A global price that is the model's own needs no entry."""
    if prefix and said.items() <= one.rates.items():
        return
    if known:
        found.missing[prefix + known] = said, one.since
    else:
        found.nameless.append(one.name)


def differs(entry: Mapping[str, Any], said: Mapping[str, float]) -> bool:
    """Whether the list says otherwise, of the kinds that it prices."""
    ours = rates(entry)
    return any(abs(getattr(ours, kind) - said[kind]) > SIGNS for kind in KINDS if kind in said)


def told(found: Comparison, table: Mapping[str, Any]) -> Iterator[str]:
    """The comparison as text."""
    ours = {model: rates(entry) for entry, model in newest(table)}
    yield f"The price list confirms {len(found.same)} of them"
    for model, (said, since) in found.differing.items():
        was = {kind: getattr(ours[model], kind) for kind in KINDS if kind in said}
        yield f"differs: {model}: {_row(was)} here, {_row(said)} there since {since}"
    for model, (said, since) in found.missing.items():
        yield f"missing: {model}: {_row(said)} since {since}"
    if found.nameless:
        yield f"missing, and of no id that is known: {', '.join(sorted(set(found.nameless)))}"
        yield "  (bedrock:ListFoundationModels in that Region tells ids; else add them by hand)"
    if found.unlisted:
        yield f"not in the list, look at aws.amazon.com/bedrock/pricing: {', '.join(found.unlisted)}"
    if found.long:
        yield f"not written, since long prompts have prices of their own there: {', '.join(found.long)}"
    if found.doubtful:
        yield f"twice in the list, at two prices, look yourself: {', '.join(found.doubtful)}"


def _row(said: Mapping[str, float]) -> str:
    return " ".join(f"{kind} {said[kind]:g}" for kind in KINDS if kind in said)


# Writing, as text: comments and order are people's


def written(text: str, found: Comparison, today: date) -> str:
    """The table with what the list confirms dated ``today``, and with entries for what differs and what is missing."""
    current = {(model, entry["since"]) for entry, model in newest(tomllib.loads(text))}
    head, *parts = re.split(r"(?m)^(?=\[\[price\]\]$)", text)
    for index, part in enumerate(parts):
        entry = tomllib.loads(part)["price"][0]
        holding = [model for model in entry["models"] if (model, entry["since"]) in current]
        if holding and set(holding) <= found.same | found.differing.keys():
            parts[index] = _checked(part, today)
    new = [(model, *said) for model, said in {**found.differing, **found.missing}.items() if model not in found.long]
    known = {model: max(day for name, day in current if name == model) for model, _ in current}
    entries = [_entry(model, said, _first(since, known.get(model), today), today) for model, said, since in new]
    return "\n".join([(head + "".join(parts)).rstrip("\n") + "\n", *entries])


def _first(since: date, known: date | None, today: date) -> date:
    """The day from which a new entry holds: the list's, or today where that would not replace what is there."""
    return today if since == date.min or (known is not None and since <= known) else since


def _checked(part: str, today: date) -> str:
    part = re.sub(r"(?m)^checked = .*\n", "", part)
    return re.sub(r"(?m)^(since = .*\n)", rf"\g<1>checked = {today}\n", part, count=1)


def _entry(model: str, said: Mapping[str, float], since: date, today: date) -> str:
    lines = ["[[price]]", f'models = ["{model}"]', f"since = {since}", f"checked = {today}"]
    return "\n".join([*lines, *(f"{kind} = {said[kind]:.10g}" for kind in KINDS if kind in said), ""])
