"""The rights of the caller: Athena reads the catalogue and S3 with them (user guide, "Control access to S3", "Configure
access to databases and tables in the Glue Data Catalog").
"""

from __future__ import annotations

from collections.abc import Iterable

from local.services.athena.errors import QueryError, Refused
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
            f"Access denied when writing output to url: s3://{bucket}/{key} . Please ensure you are allowed to access "
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


def _no_path(url: str, action: str) -> QueryError:
    return QueryError("PERMISSION_DENIED", f"Access denied on operation '{action}' on path: {url}")
