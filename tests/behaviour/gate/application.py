"""application - what stands behind the gate: it tells what reached it

Over HTTP and over FastCGI, in a thread of the tests' own process.  The answer is JSON: method,
target, headers (or parameters) as pairs, and of the body its length and SHA-256.  A request with
Upgrade: websocket gets 101, one text frame with the same JSON, and then its own frames back.
`requests` has all that ever came: what a test expects to be kept away must not be there.
"""
import asyncio
import base64
import hashlib
import json
import os
import struct
import threading

WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PIECE_BYTES = 1 << 16


class Application:
    """Listens on an address and on a unix socket until stop()."""

    def __init__(self, address, port, socket_path):
        self.requests = []
        self.page = None    # text/html in place of JSON, for browsers
        self._loop = asyncio.new_event_loop()
        self._address, self._port, self._socket_path = address, port, socket_path
        is_up = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(is_up,), daemon=True)
        self._thread.start()
        if not is_up.wait(30):
            raise RuntimeError("the application does not come up")

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, is_up):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(
            guarded(self._serve_http), self._address, self._port, backlog=1024, limit=PIECE_BYTES))
        self._loop.run_until_complete(asyncio.start_unix_server(
            guarded(self._serve_fastcgi), self._socket_path))
        os.chmod(self._socket_path, 0o666)
        is_up.set()
        self._loop.run_forever()

    def _note(self, **request):
        self.requests.append(request)
        return json.dumps(request).encode()

    async def _serve_http(self, reader, writer):
        while (head := await read_head(reader)):
            lines = head.decode("latin-1").split("\r\n")
            method, target, _ = lines[0].split(" ", 2)
            headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if line]
            get = {name.lower(): value for name, value in headers}.get
            if (get("upgrade") or "").lower() == "websocket":
                told = self._note(method=method, target=target, headers=headers)
                await serve_websocket(reader, writer, get("sec-websocket-key"), told)
                return
            digest = hashlib.sha256()
            n = 0
            async for piece in pieces_of_body(reader, get("content-length"),
                                              get("transfer-encoding")):
                digest.update(piece)
                n += len(piece)
            body = self._note(method=method, target=target, headers=headers, body_bytes=n,
                              sha256=digest.hexdigest())
            type_ = "application/json"
            if self.page is not None:
                body, type_ = self.page(target, get).encode(), "text/html; charset=utf-8"
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {type_}\r\n"
                         f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\n\r\n".encode()
                         + (b"" if method == "HEAD" else body))
            await writer.drain()
            if (get("connection") or "").lower() == "close":
                return

    async def _serve_fastcgi(self, reader, writer):
        params, n, digest = b"", 0, hashlib.sha256()
        while True:
            _, type_, id_, length, padding, _ = struct.unpack(
                ">BBHHBB", await reader.readexactly(8))
            content = (await reader.readexactly(length + padding))[:length]
            if type_ == 4:
                params += content
            elif type_ == 5 and content:
                n += len(content)
                digest.update(content)
            elif type_ == 5:
                break
        pairs = list(pairs_of(params))
        get = dict(reversed(pairs)).get
        told = self._note(method=get("REQUEST_METHOD"), target=get("REQUEST_URI"), params=pairs,
                          body_bytes=n, sha256=digest.hexdigest())
        answer = b"Content-Type: application/json\r\n\r\n" + told
        writer.write(b"".join(struct.pack(">BBHHBB", 1, 6, id_, len(part), 0, 0) + part for part in
                              [answer[i:i + 32768] for i in range(0, len(answer), 32768)] + [b""]) +
                     struct.pack(">BBHHBB", 1, 3, id_, 8, 0, 0) + bytes(8))
        await writer.drain()


def guarded(serve):
    """Whoever hangs up half-way ends its own connection, and nothing else."""
    async def served(reader, writer):
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()
    return served


async def read_head(reader):
    try:
        return (await reader.readuntil(b"\r\n\r\n"))[:-4]
    except asyncio.IncompleteReadError:
        return None


async def pieces_of_body(reader, length, coding):
    if (coding or "").lower() == "chunked":
        while (size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)):
            yield await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return
    left = int(length or 0)
    while left > 0:
        piece = await reader.read(min(left, PIECE_BYTES))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


async def serve_websocket(reader, writer, key, told):
    accept = base64.b64encode(hashlib.sha1(key.encode() + WEBSOCKET_GUID).digest()).decode()
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n" +
                 frame(told))
    await writer.drain()
    while True:
        first, second = await reader.readexactly(2)
        if first & 15 == 8:
            return
        length = second & 127
        if length == 126:
            length = struct.unpack(">H", await reader.readexactly(2))[0]
        mask = await reader.readexactly(4)
        text = bytes(b ^ mask[i % 4] for i, b in enumerate(await reader.readexactly(length)))
        writer.write(frame(text))
        await writer.drain()


def frame(text):
    """One text frame of a server (RFC 6455 section 5.2)."""
    size = bytes([len(text)]) if len(text) < 126 else struct.pack(">BH", 126, len(text))
    return b"\x81" + size + text


def pairs_of(params):
    """FastCGI's name-value pairs."""
    at = 0

    def length():
        nonlocal at
        if params[at] < 128:
            at += 1
            return params[at - 1]
        at += 4
        return struct.unpack(">I", params[at - 4:at])[0] & 0x7fffffff

    while at < len(params):
        n_name, n_value = length(), length()
        yield (params[at:at + n_name].decode("latin-1"),
               params[at + n_name:at + n_name + n_value].decode("latin-1"))
        at += n_name + n_value
