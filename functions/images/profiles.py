"""Which profile a request means: one of ``profiles.toml``, changed by those parameters that it leaves open."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from images.errors import InvalidConfiguration, InvalidParameter, UnknownProfile
from images.model import ALPHAS, FITS, FORMATS, LAYOUTS, MODES, WITH_ALPHA, Profile

DEFAULT = "default"
MOST_PIXELS_A_SIDE = 2048
"""Of a result: it bounds the memory of the last steps, whatever the original is."""
_CHANNELS = {"grey": 1, "rgb": 3}
_LOSSY = {"jpeg", "webp", "avif", "auto"}
_SHARE = r"(?:0(?:\.\d{1,4})?|1(?:\.0{1,4})?)"
_FOCUS = re.compile(f"centre|attention|{_SHARE},{_SHARE}")


def choose(name: str | None, overrides: Mapping[str, str]) -> Profile:
    """The profile ``name`` (None: the default one) with ``overrides`` applied, all as they stand in a query string.

    Raises UnknownProfile; InvalidParameter for an override that is unknown, not open here, or out of range.
    """
    name = DEFAULT if name is None else name
    profile = shipped().get(name)
    if profile is None:
        raise UnknownProfile(f"There is no profile {_shown(name)}: use one of {', '.join(shipped())}.")
    changes: dict[str, Any] = {}
    for parameter, text in overrides.items():
        if parameter in profile.ignores:
            continue
        if parameter not in _OVERRIDES:
            names = ", ".join(["profile", *_OVERRIDES])
            raise InvalidParameter(f"There is no parameter {_shown(parameter)}: use {names}.")
        if parameter not in profile.overrides:
            allowed = ", ".join(sorted(profile.overrides)) or "none"
            raise InvalidParameter(f"Profile {name} does not leave {parameter} open; open here: {allowed}.")
        member, parse = _OVERRIDES[parameter]
        changes[member] = parse(parameter, text)
    changed = replace(profile, **changes)
    if "q" in overrides and changed.format not in _LOSSY:
        raise InvalidParameter(f"q is the quality of JPEG, WebP and AVIF; leave it out for {changed.format}.")
    if "focus" in overrides and changed.fit != "cover":
        raise InvalidParameter(f"focus is what fit cover keeps; leave it out for {changed.fit}.")
    return changed


@cache
def shipped() -> Mapping[str, Profile]:
    """Every profile of ``profiles.toml`` by name. Raises InvalidConfiguration."""
    import tomllib  # 18 ms that importing a handler need not pay

    return parse(tomllib.loads(Path(__file__).with_name("profiles.toml").read_text(encoding="utf-8")))


def parse(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Profile]:
    """Profiles from tables, checked. Raises InvalidConfiguration with the profile's name."""
    parsed = {}
    for name, table in tables.items():
        members: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
        }
        if unknown := set(members) - {field.name for field in fields(Profile)}:
            raise InvalidConfiguration(f"Profile {name} has a member {min(unknown)}, which means nothing.")
        for several in {"overrides", "ignores"} & set(members):
            members[several] = frozenset(members[several])
        try:
            parsed[name] = Profile(name, **members)
        except TypeError:
            raise InvalidConfiguration(f"Profile {name} needs width and height.") from None
        _check(parsed[name])
    if DEFAULT not in parsed:
        raise InvalidConfiguration(f"profiles.toml has no profile {DEFAULT}.")
    return parsed


def _check(profile: Profile) -> None:
    channels = _CHANNELS.get(profile.mode, 0)
    wrong = {
        "width": not _is_within(profile.width, 1, MOST_PIXELS_A_SIDE),
        "height": not _is_within(profile.height, 1, MOST_PIXELS_A_SIDE),
        "quality": not _is_within(profile.quality, 1, 100),
        "cache_seconds": not _is_within(profile.cache_seconds, 0, 31_536_000),
        "fit": profile.fit not in FITS,
        "mode": profile.mode not in MODES,
        "format": profile.format not in (*FORMATS, "auto"),
        "layout": profile.layout not in LAYOUTS or (profile.layout != "hwc" and profile.format != "npy"),
        "alpha": profile.alpha not in ALPHAS
        or (profile.alpha == "keep" and profile.format not in WITH_ALPHA | {"auto"}),
        "enlarge": not isinstance(profile.enlarge, bool),
        "focus": not _is_focus(profile.focus) or (profile.focus != "centre" and profile.fit != "cover"),
        # A parameter that means something cannot be one that means nothing.
        "ignores": bool(profile.ignores & {*_OVERRIDES, "profile", "s"}),
        "overrides": not profile.overrides <= set(_OVERRIDES),
        # One number per channel, for the one format that can hold what comes of it.
        "mean": bool(profile.mean) and (len(profile.mean) != channels or profile.format != "npy"),
        "std": len(profile.std) != len(profile.mean) or not all(value > 0 for value in profile.std),
    }
    if profile.mean and profile.overrides & {"mode", "format"}:
        wrong["overrides"] = True  # the numbers would not fit any more
    if names := [name for name, is_wrong in wrong.items() if is_wrong]:
        raise InvalidConfiguration(f"Profile {profile.name}: {', '.join(names)} cannot be used as it stands.")


def _is_focus(text: object) -> bool:
    return isinstance(text, str) and bool(_FOCUS.fullmatch(text))


def _is_within(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _number(most: int) -> Callable[[str, str], int]:
    def parse_number(parameter: str, text: str) -> int:
        # isdecimal alone takes digits of every script, which are not meant in a URL.
        if not (text.isascii() and text.isdecimal() and len(text) <= 6 and 1 <= int(text) <= most):
            raise InvalidParameter(f"{parameter} is {_shown(text)}: use a whole number from 1 to {most}.")
        return int(text)

    return parse_number


def _word(words: tuple[str, ...]) -> Callable[[str, str], str]:
    def parse_word(parameter: str, text: str) -> str:
        if text not in words:
            raise InvalidParameter(f"{parameter} is {_shown(text)}: use one of {', '.join(words)}.")
        return text

    return parse_word


def _focus(parameter: str, text: str) -> str:
    if not _is_focus(text):
        raise InvalidParameter(
            f"{parameter} is {_shown(text)}: use centre, attention, or a point such as 0.3,0.7: shares "
            "from 0 to 1, of at most four decimals."
        )
    return text


_OVERRIDES: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "w": ("width", _number(MOST_PIXELS_A_SIDE)),
    "h": ("height", _number(MOST_PIXELS_A_SIDE)),
    "fit": ("fit", _word(FITS)),
    "mode": ("mode", _word(MODES)),
    "format": ("format", _word((*FORMATS, "auto"))),
    "q": ("quality", _number(100)),
    "focus": ("focus", _focus),
}


def _shown(text: str) -> str:
    """What a caller sent, short and safe to print."""
    return ascii(text if len(text) <= 40 else f"{text[:40]}...")
