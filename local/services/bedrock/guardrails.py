"""Guardrails of the local Bedrock: words, patterns and kinds of personal data, from a settings file.

Names and members are those of botocore's models: ``guardrails.toml`` has CreateGuardrail's, an answer has
ApplyGuardrail's. Topics, content filters, grounding and AWS's list of profanity want a model; a file that sets them is
refused, since a guardrail that passes what it should block is worse than none.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Source = Literal["INPUT", "OUTPUT"]

FILE = "LOCAL_GUARDRAILS"
"""Environment variable: another settings file."""
VERSIONS = ("", "DRAFT", "1")
UNIT = 1_000
"""Characters of one text unit (Bedrock's pricing page, "Guardrails")."""
MOST_UNITS = 25
"""Of one ApplyGuardrail call (Bedrock's quotas, "On-demand ApplyGuardrail ... text units")."""
SERVED = frozenset({"wordPolicyConfig", "sensitiveInformationPolicyConfig"})
_DONE = {"BLOCK": "BLOCKED", "ANONYMIZE": "ANONYMIZED", "NONE": "NONE"}
_COMPREHEND = {
    "SSN": "US_SOCIAL_SECURITY_NUMBER",
    "BANK_ACCOUNT_NUMBER": "US_BANK_ACCOUNT_NUMBER",
    "BANK_ROUTING": "US_BANK_ROUTING_NUMBER",
    "PASSPORT_NUMBER": "US_PASSPORT_NUMBER",
    "CREDIT_DEBIT_CVV": "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_EXPIRY": "CREDIT_DEBIT_CARD_EXPIRY",
    "CREDIT_DEBIT_NUMBER": "CREDIT_DEBIT_CARD_NUMBER",
}
"""Kinds that a guardrail calls otherwise than Comprehend does."""


class UnusableSettings(Exception):
    """The settings file is not one of guardrails; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Match:
    """Something that a guardrail looks for. ``kind`` names the list of its assessment; ``said`` is what it says there.
    ``action`` is BLOCKED, ANONYMIZED or NONE; ``mask`` is put in its place."""

    begin: int
    end: int
    kind: str
    said: Mapping[str, Any]
    action: str
    mask: str = ""


@dataclass(frozen=True, slots=True)
class Guardrail:
    id: str
    settings: Mapping[str, Any]

    def blocked(self, source: Source) -> str:
        """What is said instead of a text that is blocked."""
        return str(self.settings["blockedInputMessaging" if source == "INPUT" else "blockedOutputsMessaging"])

    def matches(self, source: Source, text: str) -> list[Match]:
        return [*self._words(source, text), *self._personal(source, text), *self._patterns(source, text)]

    def _words(self, source: Source, text: str) -> Iterator[Match]:
        for each in self.settings.get("wordPolicyConfig", {}).get("wordsConfig", ()):
            words = r"\s+".join(map(re.escape, each["text"].split()))
            action = _action(each, source, "BLOCK")
            for found in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE):
                yield Match(*found.span(), "customWords", {"match": found[0]}, action)

    def _personal(self, source: Source, text: str) -> Iterator[Match]:
        from local.services.comprehend import pii

        wanted = {each["type"]: each for each in self._sensitive("piiEntitiesConfig")}
        for found in pii.entities(text, "en") if wanted else ():
            kind = _COMPREHEND.get(found.type, found.type)
            if kind in wanted:
                said = {"match": text[found.begin : found.end], "type": kind}
                action = _action(wanted[kind], source)
                yield Match(found.begin, found.end, "piiEntities", said, action, f"{{{kind}}}")

    def _patterns(self, source: Source, text: str) -> Iterator[Match]:
        for each in self._sensitive("regexesConfig"):
            for found in re.finditer(each["pattern"], text):
                said = {"match": found[0], "name": each["name"], "regex": each["pattern"]}
                yield Match(*found.span(), "regexes", said, _action(each, source), f"{{{each['name']}}}")

    def _sensitive(self, name: str) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.settings.get("sensitiveInformationPolicyConfig", {}).get(name, ())
        return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """``text`` is what may go on: the text itself, the text masked, or what is said instead."""

    guardrail: Guardrail
    source: Source
    characters: int
    matches: Sequence[Match]
    text: str

    @property
    def blocked(self) -> bool:
        return any(match.action == "BLOCKED" for match in self.matches)

    @property
    def intervened(self) -> bool:
        return any(match.action != "NONE" for match in self.matches)

    @property
    def usage(self) -> dict[str, int]:
        """Text units by policy; patterns and words cost nothing."""
        units = math.ceil(self.characters / UNIT)
        settings = self.guardrail.settings
        sensitive = settings.get("sensitiveInformationPolicyConfig", {})
        return {
            "topicPolicyUnits": 0,
            "contentPolicyUnits": 0,
            "wordPolicyUnits": units if "wordPolicyConfig" in settings else 0,
            "sensitiveInformationPolicyUnits": units if sensitive.get("piiEntitiesConfig") else 0,
            "sensitiveInformationPolicyFreeUnits": units if sensitive.get("regexesConfig") else 0,
            "contextualGroundingPolicyUnits": 0,
        }

    def coverage(self) -> dict[str, Any]:
        return {"textCharacters": {"guarded": self.characters, "total": self.characters}}

    def assessment(self, latency: int) -> dict[str, Any]:
        """A GuardrailAssessment; policies that found nothing are left out. ``latency`` in milliseconds."""
        lists: dict[str, list[dict[str, Any]]] = {}
        for match in self.matches:
            lists.setdefault(match.kind, []).append({**match.said, "action": match.action, "detected": True})
        found: dict[str, Any] = {}
        if "customWords" in lists:
            found["wordPolicy"] = {"customWords": lists["customWords"], "managedWordLists": []}
        if lists.keys() & {"piiEntities", "regexes"}:
            both = {name: lists.get(name, []) for name in ("piiEntities", "regexes")}
            found["sensitiveInformationPolicy"] = both
        metrics = {"guardrailProcessingLatency": latency, "usage": self.usage, "guardrailCoverage": self.coverage()}
        return {**found, "invocationMetrics": metrics}


def check(guardrail: Guardrail, source: Source, text: str) -> Verdict:
    """What the guardrail says of a text."""
    matches = guardrail.matches(source, text)
    if any(match.action == "BLOCKED" for match in matches):
        return Verdict(guardrail, source, len(text), matches, guardrail.blocked(source))
    masked, at = [], 0
    for match in sorted((match for match in matches if match.action == "ANONYMIZED"), key=lambda match: match.begin):
        if match.begin >= at:
            masked += [text[at : match.begin], match.mask]
        at = max(at, match.end)
    return Verdict(guardrail, source, len(text), matches, "".join([*masked, text[at:]]))


def named(identifier: str, version: str, region: str, account: str) -> Guardrail | None:
    """The guardrail of an id or an ARN of this account and Region, in one of its versions."""
    own = arn(identifier, region, account)
    guardrail = guardrails().get(own.rpartition("/")[2])
    known = guardrail is not None and version in VERSIONS and own == arn(guardrail.id, region, account)
    return guardrail if known else None


def arn(identifier: str, region: str, account: str) -> str:
    """Of an id; an ARN is itself."""
    return identifier if identifier.startswith("arn:") else f"arn:aws:bedrock:{region}:{account}:guardrail/{identifier}"


@cache
def guardrails() -> Mapping[str, Guardrail]:
    """By id, from the file that ``LOCAL_GUARDRAILS`` names, or from the one beside this module."""
    path = Path(os.environ.get(FILE) or Path(__file__).with_suffix(".toml"))
    return read(path.read_text(encoding="utf-8"))


def read(text: str) -> dict[str, Guardrail]:
    """Raises UnusableSettings."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnusableSettings(f"The guardrails' settings are no TOML: {error}.") from error
    return {name: _usable(name, settings) for name, settings in table.items()}


def _usable(name: str, settings: Any) -> Guardrail:
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    if not re.fullmatch(r"[a-z0-9]{1,20}", name):
        raise UnusableSettings(f"{name} is no id of a guardrail: take lower-case letters and figures.")
    shape: Any = get_session().get_service_model("bedrock").operation_model("CreateGuardrail").input_shape
    report = ParamValidator().validate(settings, shape)
    if report.has_errors():
        raise UnusableSettings(f"Guardrail {name} is not as CreateGuardrail takes it: {report.generate_report()}")
    policies = {member for member in settings if member.endswith("PolicyConfig")}
    lists = "managedWordListsConfig" if "managedWordListsConfig" in settings.get("wordPolicyConfig", {}) else ""
    if unserved := sorted({*policies - SERVED, *filter(None, [lists])}):
        raise UnusableSettings(
            f"Guardrail {name} has {unserved[0]}, which the local Bedrock cannot check. Take it out."
        )
    return Guardrail(name, settings)


def _action(settings: Mapping[str, Any], source: Source, usual: str = "NONE") -> str:
    """What is done with a match: in one direction as its own settings say, else as ``action`` says for both."""
    side = "input" if source == "INPUT" else "output"
    if not settings.get(f"{side}Enabled", True):
        return "NONE"
    return _DONE[settings.get(f"{side}Action") or settings.get("action", usual)]
