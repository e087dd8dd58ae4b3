"""boto3 clients for the local endpoint, as the account's root user."""

from __future__ import annotations

from typing import Any

from local.cloud.settings import ACCESS_KEY, DEFAULT_REGION


def client(service: str, url: str, region: str = DEFAULT_REGION) -> Any:
    """A client of `service` at `url`; no proxy of the user's environment stands between."""
    import boto3
    from botocore.config import Config

    # A session of its own: the default session is not safe to make from several threads.
    session: Any = boto3.session.Session()  # the stubs only know services by literal name
    return session.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=ACCESS_KEY,
        config=Config(proxies={}, read_timeout=960, retries={"max_attempts": 2}, inject_host_prefix=False),
    )
