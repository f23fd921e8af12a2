"""A slow connection: a SOCKS 5 proxy through which all that a browser requests shares one line."""

from __future__ import annotations

import asyncio
import socket
import threading

BITS = 20_000_000
"""A second, to the browser."""

DELAY = 0.02
"""Seconds each way."""

PIECE = 16 * 1024


class _Line:
    """Passes bytes on in their order, each connection its own, one piece of all of them at a time."""

    def __init__(self) -> None:
        self._free = 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, limited: bool) -> None:
        """Copy to the end; `limited` by the width of the line, which requests hardly need."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)

        async def deliver() -> None:
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(due - loop.time())
                writer.write(piece)
                if not piece:
                    writer.write_eof()
                    return
                await writer.drain()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(deliver())
            piece = b"?"
            while piece:
                piece = await reader.read(PIECE)
                if limited:
                    self._free = max(self._free, loop.time()) + len(piece) * 8 / BITS
                    await asyncio.sleep(self._free - loop.time())
                await pieces.put((loop.time() + DELAY, piece))


async def _serve(listening: socket.socket) -> None:
    line = _Line()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _version, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(b"\5\0")  # no authentication
        _version, _connect, _reserved, kind = await reader.readexactly(4)
        length = 4 if kind == 1 else (await reader.readexactly(1))[0]
        address = await reader.readexactly(length)
        host = socket.inet_ntoa(address) if kind == 1 else address.decode()
        port = int.from_bytes(await reader.readexactly(2))
        try:
            server_reader, server_writer = await asyncio.open_connection(host, port)
            writer.write(b"\5\0\0\1" + bytes(6))
            try:
                async with asyncio.TaskGroup() as ways:
                    ways.create_task(line.carry(reader, server_writer, limited=False))
                    ways.create_task(line.carry(server_reader, writer, limited=True))
            finally:
                server_writer.close()
        except* OSError:
            pass  # one of the two has gone
        finally:
            writer.close()

    async with await asyncio.start_server(connect, sock=listening) as server:
        await server.serve_forever()


def slow_network() -> list[str]:
    """Run the proxy until this process ends, and give the browser's options for it."""
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: asyncio.run(_serve(listening)), daemon=True).start()
    port = listening.getsockname()[1]
    return [f"--proxy-server=socks5://127.0.0.1:{port}", "--proxy-bypass-list=<-loopback>"]
