"""Where this local cloud lives: its address, region, account and folders, and the process environment
that MiniStack reads while it is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_ID = "123456789012"
ACCESS_KEY = "test"  # MiniStack takes this key for the account's root user
HOST = "127.0.0.1"
DEFAULT_PORT = 4566
DEFAULT_REGION = "us-east-1"
DEFAULT_STACK = "millrace"


@dataclass(frozen=True)
class Settings:
    """One running local cloud.

    `temp` is the single folder for everything temporary; it is removed at exit. `data` is None unless state is
    to survive a restart.
    """

    port: int
    region: str
    temp: Path
    data: Path | None = None
    account: str = ACCOUNT_ID

    @property
    def url(self) -> str:
        """The endpoint for any AWS client."""
        return f"http://{HOST}:{self.port}"


def default_region(environ: Mapping[str, str] = os.environ) -> str:
    """AWS_DEFAULT_REGION, or us-east-1 where it is not set."""
    return environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION


def default_port(environ: Mapping[str, str] = os.environ) -> int:
    """PORT, or 4566 where it is not set to a number."""
    named = environ.get("PORT", "")
    return int(named) if named.isdecimal() else DEFAULT_PORT


def endpoint(port: int | None, environ: Mapping[str, str] = os.environ) -> str:
    """Where a running local cloud is: at `port`, else at AWS_ENDPOINT_URL, else at PORT or 4566 of this machine."""
    if port is None and environ.get("AWS_ENDPOINT_URL"):
        return environ["AWS_ENDPOINT_URL"].rstrip("/")
    return f"http://{HOST}:{default_port(environ) if port is None else port}"


def server_environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of the server process: what was inherited, without the user's AWS settings, plus MiniStack's.

    The user's profile, keys and endpoints go: the local cloud must behave the same on every machine, and must never
    be able to reach a real account.
    """
    kept = {k: v for k, v in inherited.items() if not k.startswith("AWS_")}
    kept.update(
        GATEWAY_PORT=str(settings.port),
        MINISTACK_HOST=HOST,
        MINISTACK_ACCOUNT_ID=settings.account,
        MINISTACK_REGION=settings.region,
        AUTH="true",
        LAMBDA_EXECUTOR="local",
        # Never look for, start or clean up containers on this machine.
        DOCKER_HOST="unix:///nonexistent/docker.sock",
        # These listeners would bind every interface.
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        LOG_LEVEL=inherited.get("LOG_LEVEL", "WARNING"),
        TMPDIR=str(settings.temp),
        AWS_ENDPOINT_URL=settings.url,
        AWS_ACCESS_KEY_ID=ACCESS_KEY,
        AWS_SECRET_ACCESS_KEY=ACCESS_KEY,
        AWS_DEFAULT_REGION=settings.region,
        AWS_REGION=settings.region,
        AWS_EC2_METADATA_DISABLED="true",
        NO_PROXY="*",
        no_proxy="*",
    )
    if settings.data is not None:
        kept.update(
            PERSIST_STATE="1",
            STATE_DIR=str(settings.data / "state"),
            S3_PERSIST="1",
            S3_DATA_DIR=str(settings.data / "s3"),
        )
    return kept
