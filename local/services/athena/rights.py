"""The rights of the caller: Athena reads the catalogue and S3 with them (user guide, "Control access to S3", "Configure
access to databases and tables in the Glue Data Catalog").
"""

from __future__ import annotations

from collections.abc import Iterable

from local.services.athena.errors import NOT_WRITTEN, QueryError, Refused
from local.services.athena.world import Object, World, location, resources


def catalogue(world: World, action: str, database: str, table: str | None = None) -> None:
    """Glue allows an action on a table only together with its database and the catalogue.

    Raises:
        QueryError: the caller may not.
    """
    for resource in resources(world, database, table):
        if sentence := world.denied(f"glue:{action}", resource):
            raise QueryError("", f"Insufficient permissions to execute the query. {sentence}")


def listing(world: World, bucket: str, prefix: str) -> None:
    """Look into a table's folder.

    Raises:
        QueryError: the caller may not.
    """
    if world.denied("s3:ListBucket", f"arn:aws:s3:::{bucket}"):
        raise _no_path(f"s3://{bucket}/{prefix}", "s3:ListBucket")


def reading(world: World, items: Iterable[Object]) -> None:
    """Read each of these objects.

    Raises:
        QueryError: the caller may not read one of them.
    """
    for item in items:
        if world.denied("s3:GetObject", f"arn:aws:s3:::{item.bucket}/{item.key}"):
            raise _no_path(item.url, "s3:GetObject")


def writing(world: World, bucket: str, key: str) -> None:
    """Put an object of an answer or of a table.

    Raises:
        QueryError: the caller may not.
    """
    if world.denied("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}"):
        raise QueryError(
            "",
            f"{NOT_WRITTEN} to url: s3://{bucket}/{key} . Please ensure you are allowed to access "
            "the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access "
            "your KMS key",
        )


def output(world: World, url: str) -> None:
    """The place of the answers is there and the caller may look at it: asked before the query is taken.

    Raises:
        Refused: no such bucket, or not for this caller.
    """
    bucket, _ = location(url)
    if world.objects(bucket, "\0") is None or world.denied("s3:GetBucketLocation", f"arn:aws:s3:::{bucket}"):
        raise Refused(f"Unable to verify/create output bucket {bucket}", "INVALID_INPUT")


def results(world: World, bucket: str, key: str) -> None:
    """Read the answer of a query, one's own or another's: GetQueryResults streams it from S3 (API reference).

    Raises:
        Refused: the caller may not read its object, or the object is gone.
    """
    if world.denied("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"):
        raise Refused(_NO_RESULTS, "INVALID_INPUT")
    if not any(item.key == key for item in world.objects(bucket, key) or ()):
        raise Refused("Could not find results", "INVALID_INPUT")


_NO_RESULTS = (
    "You do not seem to have access to the S3 location of your query results. Please confirm your account has access "
    "to the S3 location where your query results are saved and try again. If specifying an expected bucket owner, "
    "confirm the bucket is owned by the expected account. If you are using KMS to encrypt query results, please ensure "
    "you have permission to access your KMS key. If you continue to see this issue, please contact customer support."
)


def _no_path(url: str, action: str) -> QueryError:
    return QueryError("PERMISSION_DENIED", f"Access denied on operation '{action}' on path: {url}")
