"""What the price list service says a model's tokens cost.

Two service codes sell models: ``AmazonBedrock`` those of Amazon and open ones, per 1,000 tokens, the model in
``model``; ``AmazonBedrockFoundationModels`` those of the marketplace, per million, the model in ``servicename``. What
is priced (a token's kind, the global profile, a service tier, batch) stands in ``usagetype`` and, for some, in
``feature``, ``service_tier`` and ``inferenceType`` (Bedrock user guide, "Understanding your Cost and Usage Report").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from operate.errors import OperateError

ENDPOINT = "us-east-1"
"""The service answers in a few Regions, for all of them."""

SERVICES = ("AmazonBedrock", "AmazonBedrockFoundationModels")
EDITION = " (Amazon Bedrock Edition)"
MILLION = 1_000_000
ROUNDING = 1e-9

_OTHER_TIER = re.compile(
    r"batch|flex|priority|latency|provisioned|reserved|custom|training|longcontext|longctx|lctx|crossgeo|1h"
    r"|guardrail|evaluation|image|audio|speech|video|document|embed|search|grounding"
)
"""Of a usage type without separators: what is no ordinary token of text on demand."""

_KINDS = (
    ("cache_read", re.compile(r"cacheread")),
    ("cache_write", re.compile(r"cachewrite")),
    ("input", re.compile(r"inputtoken")),
    ("output", re.compile(r"outputtoken")),
)
_MODEL = re.compile(r"^[A-Z0-9]+-(.+?)-(?:text-)?(?:input|output|cache)-")
_ID = re.compile(r"^[A-Z0-9]+-([a-z0-9]+\.[a-z0-9._-]+?)-(?:mantle-)?(?:input|output|cache)-")
_SCALES = (
    (re.compile(r"\b1?K\b|1,?000 ", re.IGNORECASE), 1000),
    (re.compile(r"\b1?M\b|million", re.IGNORECASE), MILLION),
)


@dataclass(slots=True)
class Listed:
    """A model's prices in US dollars for a million tokens, by kind, as ``prices.toml`` names them. ``name``: as the
    list writes it; ``model_id``: where it names the model by it, else ""; ``since``: the latest day on which one of
    them came into effect."""

    name: str
    model_id: str = ""
    rates: dict[str, float] = field(default_factory=dict)
    global_rates: dict[str, float] = field(default_factory=dict)
    since: date = date.min
    doubtful: set[str] = field(default_factory=set)
    """Kinds that the list has twice, at two prices."""


def read(pricing: Any, region: str) -> dict[str, Listed]:
    """All models that are sold by the token in ``region``, by ``key`` of their names.

    Raises OperateError where the caller may not ask, and what else botocore raises.
    """
    found: dict[str, Listed] = {}
    products = [product for service in SERVICES for product in _products(pricing, service, region)]
    # What runs through bedrock-mantle, which has prices of its own now and then, comes last and replaces nothing.
    for product in sorted(products, key=lambda product: "-mantle-" in _attributes(product).get("usagetype", "")):
        take(product, found)
    return found


def _attributes(product: Mapping[str, Any]) -> Mapping[str, str]:
    found: Mapping[str, str] = product.get("product", {}).get("attributes", {})
    return found


def _products(pricing: Any, service: str, region: str) -> Iterator[Mapping[str, Any]]:
    from botocore.exceptions import ClientError

    pages = pricing.get_paginator("get_products").paginate(
        ServiceCode=service, Filters=[{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}]
    )
    try:
        for page in pages:
            for item in page["PriceList"]:
                yield json.loads(item)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDeniedException", "UnrecognizedClientException"):
            raise
        said = error.response["Error"].get("Message", "")
        raise OperateError(
            f"You may not ask for prices: {said} Give your role pricing:GetProducts (it knows no resource but *), or "
            "name another profile with --profile."
        ) from error


def take(product: Mapping[str, Any], found: dict[str, Listed]) -> None:
    """Adds what one product of the list says, if it is the price of an ordinary token."""
    attributes = _attributes(product)
    usage, kind, name = str(attributes.get("usagetype", "")), kind_of(attributes), _name(attributes)
    if not kind or not name or re.search(r"\(\d+\s*K\)$|Latency Optimized", name, re.IGNORECASE):
        return
    listed = found.setdefault(key(name), Listed(name))
    if match := _ID.match(usage):
        listed.model_id = listed.model_id or match[1]
    rates = listed.global_rates if "global" in _squeezed(usage) else listed.rates
    for price, since in _prices(product, marketplace=_is_marketplaces(attributes)):
        if "-mantle-" not in usage and abs(rates.get(kind, price) - price) > ROUNDING:
            listed.doubtful.add(kind)
        rates.setdefault(kind, price)
        listed.since = max(listed.since, since)


def _is_marketplaces(attributes: Mapping[str, str]) -> bool:
    return str(attributes.get("servicename", "")).endswith(EDITION)


def _name(attributes: Mapping[str, str]) -> str:
    """As the list writes it; from the usage type where no attribute has it."""
    if _is_marketplaces(attributes):
        return str(attributes["servicename"]).removesuffix(EDITION)
    if named := attributes.get("model") or attributes.get("titanModel"):
        return str(named)
    usage = str(attributes.get("usagetype", ""))
    found = _ID.match(usage) or _MODEL.match(usage)
    return found[1].rpartition(".")[2] if found else ""


def kind_of(attributes: Mapping[str, str]) -> str:
    """ "input", "output", "cache_read" or "cache_write" of a product that is an ordinary token, else ""."""
    usage = _squeezed(str(attributes.get("usagetype", "")))
    tier = _squeezed(str(attributes.get("service_tier") or "standard"))
    feature, inference = str(attributes.get("feature") or ""), _squeezed(str(attributes.get("inferenceType") or ""))
    if tier not in ("standard", "globalstandard") or _squeezed(feature) == "batchinference":
        return ""
    if _OTHER_TIER.search(usage) or _OTHER_TIER.search(inference):
        return ""
    return next((kind for kind, pattern in _KINDS if pattern.search(usage)), "")


def _prices(product: Mapping[str, Any], *, marketplace: bool) -> Iterator[tuple[float, date]]:
    """US dollars for a million tokens, and since when. Of a scale that is not known, none."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        since = _day(term.get("effectiveDate"))
        for dimension in term.get("priceDimensions", {}).values():
            text = dimension.get("pricePerUnit", {}).get("USD")
            scale = MILLION if marketplace else _scale(str(dimension.get("unit", "")))
            if text is not None and scale and float(text) > 0:
                yield round(float(text) * MILLION / scale, 9), since


def _scale(unit: str) -> int:
    return next((scale for pattern, scale in _SCALES if pattern.search(unit)), 0)


def _day(text: object) -> date:
    try:
        return datetime.fromisoformat(str(text)).date()
    except ValueError:
        return date.min


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def key(name: str) -> str:
    """One form of a model's name and id: ``Nova 2.0 Lite`` and ``nova-2-lite`` are "nova2lite"."""
    name = re.sub(r"(\d)\.0\b", r"\1", name.lower().replace("+", "plus"))
    name = re.sub(r"\binstruct\b|\bg1\b|\s*\([^)]*\)", "", name)
    return _squeezed(name)


def keys(model: str) -> Iterator[str]:
    """Those under which a model of ``prices.toml`` may be listed: with its maker's name and without it."""
    maker, _, rest = model.partition(".")
    yield key(rest or maker)
    if rest:
        yield key(f"{maker} {rest}")


def names_of(bedrock: Any) -> dict[str, str]:
    """``key`` of a foundation model's name -> its id, in the client's Region. Empty where the caller may not ask."""
    from botocore.exceptions import ClientError

    try:
        models: Iterable[Mapping[str, Any]] = bedrock.list_foundation_models()["modelSummaries"]
    except ClientError as error:
        if "AccessDenied" not in error.response["Error"]["Code"]:
            raise
        return {}
    return {key(str(each.get("modelName", ""))): str(each["modelId"]) for each in models}
