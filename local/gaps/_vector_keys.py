"""Whether the KMS key that vectors lie under lets them be written, read and indexed.

AWS: who makes a vector bucket needs kms:GenerateDataKey, who makes an index or writes kms:GenerateDataKey and
kms:Decrypt, who reads kms:Decrypt (resource schemas; S3 user guide, "Data protection and encryption in S3 Vectors");
which of them a deletion needs is not documented: here both. The key's own policy lets indexing.s3vectors.amazonaws.com
decrypt, else CreateIndex is AccessDeniedException "Insufficient access to perform asynchronous indexing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from local.gaps import _authority, _keys
from local.services.s3vectors.errors import VectorsError
from local.services.s3vectors.places import Place
from local.services.s3vectors.store import STORE

INDEXER: Final = "indexing.s3vectors.amazonaws.com"
_WRITES: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_READS: Final = ("kms:Decrypt",)
_ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "PutVectors": _WRITES,
    "DeleteVectors": _WRITES,
    "GetVectors": _READS,
    "ListVectors": _READS,
    "QueryVectors": _READS,
}
_CODES: Final = {
    "denied": "AccessDeniedException",
    "disabled": "KmsDisabledException",
    "state": "KmsInvalidStateException",
    "missing": "KmsNotFoundException",
}


def check(access_key: str, operation: str, place: Place) -> None:
    """Raise what S3 Vectors answers where the key of an index that is there refuses a call about its vectors."""
    if operation in _ASKED:
        key = STORE.index(place).encryption.get("kmsKeyArn")
        _check(access_key, key, _ASKED[operation], place.arn)


def check_making(access_key: str | None, place: Place, given: Mapping[str, str] | None) -> None:
    """The same for a bucket or an index that is to be made; ``given``: the encryption that it asks for. Nobody's
    rights are asked without ``access_key``, as for what a template makes.
    """
    key = (given or {}).get("kmsKeyArn")
    if place.index and not given:
        key = STORE.bucket(place).encryption.get("kmsKeyArn")
    if access_key is not None:
        _check(access_key, key, _WRITES if place.index else _WRITES[:1], place.arn)
    uses = _uses(key, _READS, place.arn)
    unusable = next((found for use in uses if (found := _keys.unusable(use))), None)
    if unusable is not None:
        raise VectorsError(_CODES[unusable.kind], unusable.message)
    if place.index and not _authority.keys_let_in(INDEXER, uses, place.arn):
        raise VectorsError("AccessDeniedException", "Insufficient access to perform asynchronous indexing")


def _check(access_key: str, key: str | None, actions: tuple[str, ...], arn: str) -> None:
    refusal = _authority.keys_refuse(access_key, _uses(key, actions, arn))
    if refusal is not None:
        raise VectorsError(_CODES[refusal.kind], refusal.message)


def _uses(key: str | None, actions: tuple[str, ...], arn: str) -> tuple[_keys.Use, ...]:
    more = {
        "kms:encryptioncontext:aws:s3vectors:arn": arn,
        "kms:encryptioncontextkeys": ["aws:s3vectors:arn", "aws:s3vectors:resource-id"],
    }
    return tuple(replace(use, context={**use.context, **more}) for use in _keys.under(key, "s3vectors", actions, arn))
