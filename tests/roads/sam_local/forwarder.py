"""The local cloud listens on 127.0.0.1 alone; a container reaches this machine by the address of Docker's bridge."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator

HERE = "127.0.0.1"


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hands on what comes until the other side ends, in whatever way it does."""
    with contextlib.suppress(ConnectionError):
        while content := await reader.read(65_536):
            writer.write(content)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        writer.close()
        await writer.wait_closed()


def _handing_to(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cloud_reader, cloud_writer = await asyncio.open_connection(HERE, port)
        await asyncio.gather(_pump(reader, cloud_writer), _pump(cloud_reader, writer))

    return connected


@contextlib.contextmanager
def forwarding(address: str, port: int) -> Iterator[None]:
    """Whoever connects to `port` of the bridge is handed to the same port of this machine, until the end of the block.

    Raises OSError where the address is none of this machine's.
    """
    loop = asyncio.new_event_loop()
    try:
        server = loop.run_until_complete(asyncio.start_server(_handing_to(port), address, port))
    except OSError:
        loop.close()
        raise
    thread = threading.Thread(target=loop.run_forever, daemon=True, name="forwarder")
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
