"""boto3 clients for the local endpoint, as the account's root user."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from local.cloud.settings import ACCESS_KEY, DEFAULT_REGION


def client(service: str, url: str, region: str = DEFAULT_REGION) -> Any:
    """A client of `service` at `url`; no proxy of the user's environment stands between."""
    import boto3
    from botocore.config import Config

    # A session of its own: the default session is not safe to make from several threads.
    session: Any = boto3.session.Session()  # the stubs only know services by literal name
    made = session.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=ACCESS_KEY,
        config=Config(proxies={}, read_timeout=960, retries={"max_attempts": 2}, inject_host_prefix=False),
    )
    made.meta.events.register("before-send", dialling(url))
    return made


def dialling(url: str) -> Any:
    """A `before-send` hook that dials `url` and says in Host what was signed.

    For an access point's ARN the SDK puts its name and account before the endpoint's host, for S3 Control the account,
    and no resolver knows `images-123456789012.127.0.0.1`.
    """
    place = urlsplit(url)

    def dial(request: Any, **_: Any) -> None:
        signed = urlsplit(request.url)
        if signed.netloc != place.netloc and signed.netloc.endswith(f".{place.netloc}"):
            request.headers["Host"] = signed.netloc
            request.url = signed._replace(scheme=place.scheme, netloc=place.netloc).geturl()

    return dial
