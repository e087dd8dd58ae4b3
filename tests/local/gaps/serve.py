"""MiniStack with every gap closed and nothing else of the local cloud: what the tests beside this file
talk to.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from pathlib import Path


def _end_with(parent: int) -> None:
    """End this process when the tests that started it are gone, however they went."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main(port: int) -> None:
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    sys.path.insert(0, str(Path(__file__).parents[3]))
    os.environ.update(
        GATEWAY_PORT=str(port),
        MINISTACK_HOST="127.0.0.1",
        MINISTACK_ACCOUNT_ID="123456789012",
        MINISTACK_REGION="us-east-1",
        AUTH="true",
        LAMBDA_EXECUTOR="local",
        LOG_LEVEL="WARNING",
        DOCKER_HOST="unix:///nonexistent/docker.sock",
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
        LAMBDA_ASYNC_RETRY_BASE_SECONDS="0.1",
        NO_PROXY="*",
        no_proxy="*",
    )
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app

    from local.gaps import install_all
    from local.gaps.cloudwatch import alarms, service_metrics

    alarms.LOOK_EVERY = 0.2
    service_metrics.LOOK_EVERY = 0.5
    install_all()
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.accesslog = None
    asyncio.run(serve(app.app, config))


if __name__ == "__main__":
    main(int(sys.argv[1]))
