"""CloudFront: public keys and key groups, in templates too.

AWS: AWS::CloudFront::PublicKey and AWS::CloudFront::KeyGroup of a template are what CreatePublicKey and CreateKeyGroup
make. A public key is RSA of 2048 bits or ECDSA of P-256, in PEM; its text and its name never change, so a template that
gives the same resource another key is refused: "CannotChangeImmutablePublicKeyFields" (API reference, CreatePublicKey
and UpdatePublicKey; Developer Guide, "Specify signers that can create signed URLs and signed cookies").
MiniStack: has both in its API but not in CloudFormation, and takes any text for a key.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.services import cloudfront

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.cloudfront._create_key_group": "(body)",
    "services.cloudfront._create_public_key": "(body)",
    "services.cloudfront._delete_key_group": "(kg_id, headers)",
    "services.cloudfront._delete_public_key": "(pk_id, headers)",
    "services.cloudfront._error": "(code, message, status)",
    "services.cloudfront._key_groups": "AccountScopedDict",
    "services.cloudfront._parse_public_key_config": "(el)",
    "services.cloudfront._public_keys": "AccountScopedDict",
    "services.cloudfront._update_key_group": "(kg_id, headers, body)",
    "services.cloudfront._update_public_key": "(pk_id, headers, body)",
}

_NO_KEY = "Your request contains empty/invalid/out of limits RSA Encoded Key"
#: Physical id and attributes of a resource.
_Made = tuple[str, Record]


def is_public_key(pem: str) -> bool:
    """Whether CloudFront takes this text for a public key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return False
    if isinstance(key, ec.EllipticCurvePublicKey):
        return isinstance(key.curve, ec.SECP256R1)
    return isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048


def _looking(parse: Callable[..., Json]) -> Callable[..., Json]:
    def parse_public_key_config(el: Element) -> Json:
        found, refused = parse(el)
        if refused is None and not is_public_key(found["EncodedKey"]):
            return None, cloudfront._error("InvalidArgument", _NO_KEY, 400)
        return found, refused

    return parse_public_key_config


def _xml(name: str, properties: Record) -> bytes:
    """A configuration as the API takes it; its one list has public keys."""
    root = Element(name)
    for key, value in properties.items():
        child = SubElement(root, key)
        if isinstance(value, list):
            for item in value:
                SubElement(child, "PublicKey").text = str(item)
        else:
            child.text = str(value)
    return bytes(tostring(root))


def _done(answer: Answer, what: str) -> Answer:
    """The answer. Raises ValueError with what it says when it is an error."""
    if answer[0] >= 400:
        raise ValueError(f"{what}: {answer[2].decode('utf-8', 'replace')}")
    return answer


class _Kind:
    """One of the two types, made by the calls of the API."""

    def __init__(self, type_: str, config: str, call_name: str, store: Json) -> None:
        self._type, self._config, self._call_name, self._store = type_, config, call_name, store

    def _call(self, operation: str) -> Callable[..., Answer]:
        # Looked up late: another gap may have wrapped it.
        call: Callable[..., Answer] = getattr(cloudfront, f"_{operation}_{self._call_name}")
        return call

    def create(self, _logical_id: str, props: Record, _stack_name: str) -> _Made:
        body = _xml(self._config, props.get(self._config) or {})
        _, headers, _ = _done(self._call("create")(body), self._type)
        return self._made(headers["Location"].rpartition("/")[2])

    def update(self, physical_id: str, _old: Record, new: Record, _stack_name: str) -> _Made:
        body = _xml(self._config, new.get(self._config) or {})
        _done(self._call("update")(physical_id, self._seen(physical_id), body), self._type)
        return self._made(physical_id)

    def delete(self, physical_id: str, _props: Record) -> None:
        if physical_id in self._store:
            _done(self._call("delete")(physical_id, self._seen(physical_id)), self._type)

    def _seen(self, physical_id: str) -> dict[str, str]:
        return {"if-match": self._store[physical_id]["ETag"]}

    def _made(self, physical_id: str) -> _Made:
        record = self._store[physical_id]
        changed = {name: record[name] for name in ("CreatedTime", "LastModifiedTime") if name in record}
        return physical_id, {"Id": physical_id, **changed}


def _extended(handlers: dict[str, Json]) -> dict[str, Json]:
    for type_, config, call_name, store in (
        ("AWS::CloudFront::PublicKey", "PublicKeyConfig", "public_key", cloudfront._public_keys),
        ("AWS::CloudFront::KeyGroup", "KeyGroupConfig", "key_group", cloudfront._key_groups),
    ):
        if type_ in handlers:
            raise _seams.SeamMovedError(f"MiniStack now knows {type_}: take it out of local/gaps/cloudfront/keys.py.")
        kind = _Kind(type_, config, call_name, store)
        handlers[type_] = {"create": kind.create, "update": kind.update, "delete": kind.delete}
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudfront._parse_public_key_config", _looking)
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _extended)
