"""All rows of all channels, once: what is in them, or the name of what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from training.errors import (
    ChannelUnreadable,
    ClassEmpty,
    ColumnConstant,
    LabelLeak,
    ManifestInvalid,
    TargetMissing,
    TooFewRows,
)
from training.evaluation import cautions, samples
from training.manifest import Manifest
from training.manifests import rows
from training.manifests.columns import Found
from training.manifests.profiles import MANY, Profile
from training.manifests.works import Work
from training.model import Column

MOST_ROWS = 3_000_000
"""Of a channel are looked at; a function has fifteen minutes."""
LEAST_ROWS = {"train": 100, "validation": 50, "test": 50}
LEAST_OF_CLASS = {"train": 20, "validation": 10, "test": 10}
"""Below it neither a tenth of the training rows nor a resample of the others has both classes."""
CLASSES = 2
MOST_CLASSES = 50
KEY = b"millrace-cautions"


@dataclass
class Seen:
    """One channel. ``unlooked``: whether rows behind MOST_ROWS were left where they are."""

    name: str
    header: tuple[str, ...]
    profiles: dict[str, Profile]
    labels: dict[str, int]
    sample: samples.Sample
    rows: int = 0
    unlooked: bool = False


def check(work: Work) -> Found:
    """Raises ChannelUnreadable, ManifestInvalid, TargetMissing, ClassEmpty, TooFewRows, LabelLeak, ColumnConstant,
    StorageUnavailable."""
    seen = {name: _look(work, name) for name in sorted(work.channels)}
    train = seen["train"]
    positive, negative = _classes(work.manifest, seen)
    for each in seen.values():
        _enough(each)
    profiles = _candidates(work.manifest, train)
    for profile in profiles:
        if profile.is_label():
            raise LabelLeak(
                f"{profile.name} says what the target {work.manifest.target} says, under other names, in every row of "
                "train: put it into ignore."
            )
    columns, left_out = _columns(work.manifest, profiles)
    for each in seen.values():
        _has(each, columns, work.manifest)
    return Found(
        columns=columns,
        positive=positive,
        negative=negative,
        rows={name: each.rows for name, each in seen.items()},
        positives={name: each.labels[positive] for name, each in seen.items()},
        left_out=left_out,
        cautions=tuple(_cautions(work.manifest, train, columns, positive)),
        unlooked=tuple(name for name, each in seen.items() if each.unlooked),
    )


def _look(work: Work, channel: str) -> Seen:
    found, target = rows.read(channel, work.listing[channel]), work.manifest.target
    if target not in found.header:
        raise TargetMissing(f"The channel {channel} has no column {target}, which is the manifest's target.")
    place = found.header.index(target)
    ignored = {target, *work.manifest.ignored}
    noted = [(at, Profile(name)) for at, name in enumerate(found.header) if name not in ignored]
    sample = samples.Sample(KEY, cautions.MOST_ROWS if channel == "train" else 0)
    seen = Seen(channel, found.header, {each.name: each for _, each in noted}, {}, sample)
    for cells in found.cells:
        if seen.rows == MOST_ROWS:
            seen.unlooked = True
            break
        seen.rows += 1
        _note(seen, cells, cells[place].strip(), noted)
    return seen


def _note(seen: Seen, cells: list[str], label: str, noted: list[tuple[int, Profile]]) -> None:
    if not label or label.lower() == "nan":
        raise TargetMissing(f"Row {seen.rows:,} of the channel {seen.name} has no target: leave such rows out.")
    seen.labels[label] = seen.labels.get(label, 0) + 1
    if len(seen.labels) > MOST_CLASSES:
        raise ClassEmpty(f"The target of {seen.name} has more than {MOST_CLASSES} values; it needs two classes.")
    if seen.name == "train":
        for at, profile in noted:
            profile.add(cells[at], label)
        seen.sample.add(cells)


def _classes(manifest: Manifest, seen: Mapping[str, Seen]) -> tuple[str, str]:
    """The positive class and the other one: what the manifest says, else the rarer one of the training rows."""
    for each in seen.values():
        if not each.rows:
            raise TooFewRows(f"The channel {each.name} has no rows.")
        if len(each.labels) != CLASSES:
            raise ClassEmpty(
                f"The target of {each.name} has {len(each.labels)} values ({_some(each.labels)}); two classes are "
                "needed, and both in each channel."
            )
    train = seen["train"].labels
    for each in seen.values():
        if set(each.labels) != set(train):
            raise ClassEmpty(f"{each.name} has the classes {_some(each.labels)}, and train has {_some(train)}.")
    if manifest.positive and manifest.positive not in train:
        raise ManifestInvalid(f"positive is {manifest.positive!r}, and the classes are {_some(train)}.")
    positive = manifest.positive or min(sorted(train), key=lambda label: train[label])
    return positive, next(label for label in train if label != positive)


def _some(labels: Mapping[str, int]) -> str:
    return ", ".join(repr(label[:40]) for label in sorted(labels)[:4])


def _enough(seen: Seen) -> None:
    least, least_of_class = LEAST_ROWS[seen.name], LEAST_OF_CLASS[seen.name]
    if seen.rows < least:
        raise TooFewRows(f"{seen.name} has {seen.rows:,} rows; {least} are the least that says anything.")
    for label, count in seen.labels.items():
        if count < least_of_class:
            raise TooFewRows(f"{seen.name} has {count} rows of the class {label[:40]!r}; it needs {least_of_class}.")


def _candidates(manifest: Manifest, train: Seen) -> list[Profile]:
    if not manifest.columns:
        return list(train.profiles.values())
    missing = [each.name for each in manifest.columns if each.name not in train.profiles]
    if missing:
        raise ManifestInvalid(f"columns names {', '.join(missing[:5])}, which train does not have.")
    return [train.profiles[each.name] for each in manifest.columns]


def _columns(manifest: Manifest, profiles: list[Profile]) -> tuple[tuple[Column, ...], dict[str, str]]:
    """What the model sees, and why it does not see the others. A column that the manifest names is never left out."""
    if manifest.columns:
        constant = [each.name for each in profiles if each.constant]
        if constant:
            raise ColumnConstant(f"{', '.join(constant[:5])}: the same in every row of train; leave it out of columns.")
        return manifest.columns, {}
    left_out, kept = {}, []
    for profile in profiles:
        column, reason = _found(manifest, profile)
        if reason:
            left_out[profile.name] = reason
        else:
            kept.append(column)
    if not kept:
        raise ColumnConstant("No column of train tells one row from another: there is nothing to learn from.")
    return tuple(kept), left_out


def _found(manifest: Manifest, profile: Profile) -> tuple[Column, str]:
    column = profile.column()
    if profile.constant:
        return column, "It is the same in every row."
    if manifest.program.kind == "tabular" and column.kind == "text":
        return column, "It is a text, which tabular does not read."
    if manifest.program.kind == "tabular" and column.kind == "category" and len(profile.values) > MANY:
        return column, f"It has more than {MANY:,} values, as names and numbers of things have."
    if manifest.program.kind == "text_classifier" and column.kind == "category":
        return Column(column.name, "text"), ""
    return column, ""


def _has(seen: Seen, columns: tuple[Column, ...], manifest: Manifest) -> None:
    missing = [each.name for each in columns if each.name not in seen.header]
    if missing:
        raise ChannelUnreadable(f"{seen.name} lacks columns that train has: {', '.join(missing[:5])}.")
    lost = [name for name in manifest.gate.slices if name not in seen.header]
    if lost and seen.name == "test":
        raise ManifestInvalid(f"slices names {', '.join(lost)}, which test does not have.")


def _cautions(manifest: Manifest, train: Seen, columns: tuple[Column, ...], positive: str) -> list[str]:
    place = train.header.index(manifest.target)
    kept = [row for _, row in train.sample.rows()]
    labels = [int(row[place].strip() == positive) for row in kept]
    told = cautions.of(columns, [train.header.index(each.name) for each in columns], labels, kept)
    for column in columns:
        profile = train.profiles[column.name]
        if column.kind == "number" and profile.numbers < profile.cells:
            told.append(
                f"{profile.cells - profile.numbers:,} cells of {column.name} are no numbers, and count as empty."
            )
    return told
