"""CloudFront: a distribution answers under its aliases too, and under a name that leads here.

AWS: a distribution answers under ``{label}.cloudfront.net`` and under each of its alternate domain names, by the Host
header, and under no other (Developer Guide, "Use custom URLs by adding alternate domain names").
MiniStack: answers under the first alone.

Both names lead to Amazon's network or nowhere. A client may say where to go, as ``curl --connect-to`` does, or send the
name as its Host header; browsers and players can do neither, but take ``{label}.cloudfront.localhost`` to this machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ministack.services import cloudfront

from local.gaps import _seams
from local.gaps._types import Record

LEANS_ON = {
    "app._parse_cloudfront_dataplane_host": "(host)",
    "services.cloudfront._distributions": "AccountScopedDict",
    "services.cloudfront._find": "(el, tag)",
    "services.cloudfront.fromstring": ("(text, forbid_dtd=False, forbid_entities=True, forbid_external=True)"),
}

_HERE = re.compile(r"([a-z0-9]+)\.cloudfront\.localhost")


def _name(host: str) -> str:
    return host.partition(":")[0].lower()


@lru_cache(maxsize=64)
def _aliases(config_xml: str) -> frozenset[str]:
    block = cloudfront._find(cloudfront.fromstring(config_xml), "Aliases")
    items = cloudfront._find(block, "Items") if block is not None else None
    return frozenset((item.text or "").lower() for item in items) if items is not None else frozenset()


def _label(dist: Record) -> str:
    return str(dist["DomainName"]).partition(".")[0]


def name_of(dist: Record, headers: Record) -> str:
    """The name under which a viewer on AWS would have asked: an alias, else the distribution's own."""
    name = _name(headers.get("host", ""))
    return name if name in _aliases(dist["config_xml"]) else str(dist["DomainName"])


def _also(parse: Callable[[str], str | None]) -> Callable[[str], str | None]:
    def parse_host(host: str) -> str | None:
        name = _name(host)
        if label := parse(host):
            return label
        if found := _HERE.fullmatch(name):
            return found[1]
        owners = (dist for dist in cloudfront._distributions.values() if name in _aliases(dist["config_xml"]))
        return next((_label(dist) for dist in owners), None)

    return parse_host


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("app._parse_cloudfront_dataplane_host", _also)
