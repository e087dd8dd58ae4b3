"""CloudFront: signed URLs and signed cookies are checked, and paths are matched as they are on AWS.

AWS: a behaviour with trusted key groups answers 403 to whoever brings no signature of one of their keys over a policy
that allows the address, the time and the viewer (Developer Guide, "Serve private content with signed URLs and signed
cookies"); origin and functions never see the signature. A path is normalised before it is compared with the path
patterns, and sent to the origin as it came ("Cache behavior settings", Path pattern).
MiniStack: serves a distribution under its domain name, with origins, behaviours, functions and bucket policies, but
checks no signature. It compares the path fully decoded, so that ``%2F`` counts as a slash, and takes slashes from the
beginning of a key.

Requests come over plain HTTP, on a port, and maybe under ``{label}.cloudfront.localhost``; what was signed is compared
with the address that AWS would see: HTTPS, the distribution's own name, no port.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, unquote
from xml.etree.ElementTree import Element

from ministack.services import cloudfront

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record
from local.gaps.cloudfront import _paths, _signed
from local.gaps.cloudfront.hosts import name_of

LEANS_ON = {
    "services.cloudfront.handle_viewer_request": (
        "(dist, method, path, raw_uri, raw_query_string, headers, body, query_params, client_ip='127.0.0.1')"
    ),
    "services.cloudfront.parse_distribution_dataplane_config": "(dist)",
    "services.cloudfront._add_cloudfront_headers": "(headers, x_cache, request_id=None, edge_server=True)",
    "services.cloudfront._dataplane_behavior": "(behavior_el, path_pattern=None)",
    "services.cloudfront._find": "(el, tag)",
    "services.cloudfront._key_groups": "AccountScopedDict",
    "services.cloudfront._match_behavior": "(parsed, path)",
    "services.cloudfront._public_keys": "AccountScopedDict",
    "services.cloudfront._render_headers": "(headers, title_case)",
    "services.cloudfront._s3_object_key": "(origin, uri)",
}


def _trusting(parse: Callable[..., Record]) -> Callable[..., Record]:
    def dataplane_behavior(behavior_el: Element, path_pattern: str | None = None) -> Record:
        groups, signers = (_listed(behavior_el, name) for name in ("TrustedKeyGroups", "TrustedSigners"))
        # Keys of accounts are not known here: who trusts them alone trusts nobody.
        return {**parse(behavior_el, path_pattern), "key_groups": groups, "restricted": bool(groups or signers)}

    return dataplane_behavior


def _listed(behavior_el: Element, name: str) -> list[str]:
    block = cloudfront._find(behavior_el, name)
    items = cloudfront._find(block, "Items") if block is not None else None
    return [item.text or "" for item in items] if items is not None else []


def _keys(groups: list[str]) -> dict[str, str]:
    """Id and PEM of every key that is trusted."""
    found = (cloudfront._key_groups.get(group) for group in groups)
    ids = [key for group in found if group for key in group["Config"]["Items"]]
    return {key: cloudfront._public_keys[key]["Config"]["EncodedKey"] for key in ids if key in cloudfront._public_keys}


def _checking(handle: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
    async def handle_viewer_request(  # noqa: PLR0917 - MiniStack's own
        dist: Record,
        method: str,
        path: str,
        raw_uri: str,
        raw_query_string: str,
        headers: Record,
        body: bytes,
        query_params: Json,
        client_ip: str = "127.0.0.1",
    ) -> Answer:
        path = _paths.normalized(raw_uri)
        behavior = cloudfront._match_behavior(cloudfront.parse_distribution_dataplane_config(dist), path)
        if behavior and behavior["restricted"]:
            address = f"{headers.get('x-forwarded-proto', 'http')}://{name_of(dist, headers)}{raw_uri}"
            cookies = headers.get("cookie", "")
            viewer = _signed.Viewer(address, raw_query_string, cookies, client_ip, time.time())
            why = _signed.refusal(viewer, _keys(behavior["key_groups"]))
            if why is not None:
                return _refused(why)
            raw_query_string = _signed.unsigned_query(raw_query_string)
            query_params = parse_qs(raw_query_string, keep_blank_values=True)
            headers = _unsigned(headers)
        return await handle(dist, method, path, raw_uri, raw_query_string, headers, body, query_params, client_ip)

    return handle_viewer_request


def _unsigned(headers: Record) -> Record:
    rest = {name: value for name, value in headers.items() if name != "cookie"}
    cookies = _signed.unsigned_cookies(headers.get("cookie", ""))
    return {**rest, "cookie": cookies} if cookies else rest


def _refused(why: _signed.Refusal) -> Answer:
    headers = cloudfront._add_cloudfront_headers({"content-type": "text/xml"}, "Error from cloudfront")
    return 403, cloudfront._render_headers(headers, title_case=True), why.body


def _with_all_slashes(_key: Callable[..., str]) -> Callable[..., str]:
    def s3_object_key(origin: Record, uri: str) -> str:
        return unquote((origin.get("origin_path") or "") + uri).removeprefix("/")

    return s3_object_key


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudfront._dataplane_behavior", _trusting)
    _seams.replace("services.cloudfront._s3_object_key", _with_all_slashes)
    _seams.replace("services.cloudfront.handle_viewer_request", _checking)
