"""fcgi - a FastCGI client that can also do what no web server does

FastCGI 1.0, by hand, so that a test can send any bytes in any pieces.
"""
import select
import socket
import struct
import time

# For what must come and need not come soon: how fast a busy machine is says nothing about the
# program.  Where an answer must not wait for something, that something lasts longer than this.
PATIENCE_S = 60
FOR_EVER_MS = "3600000"

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3


def record(kind, content=b"", request_id=1, padding=0, version=1):
    return struct.pack(">BBHHBB", version, kind, request_id, len(content), padding,
                       0) + content + b"\0" * padding


def length(n):
    return bytes([n]) if n < 128 else struct.pack(">I", n | 0x80000000)


def pair(name, value):
    name, value = (x.encode("latin-1") if isinstance(x, str) else x for x in (name, value))
    return length(len(name)) + length(len(value)) + name + value


def stream(kind, content, request_id=1, chunk=65535):
    parts = [record(kind, content[i:i + chunk], request_id)
             for i in range(0, len(content), chunk)]
    return b"".join(parts) + record(kind, b"", request_id)


def begin(keep=True, role=RESPONDER, request_id=1):
    return record(BEGIN, struct.pack(">HB5x", role, 1 if keep else 0), request_id)


def params_of(path, query="", method="GET", body=b"", extra=(), content_length=None):
    n = len(body) if content_length is None else content_length
    pairs = [("GATEWAY_INTERFACE", "CGI/1.1"), ("REQUEST_METHOD", method),
             ("SCRIPT_NAME", path), ("QUERY_STRING", query),
             ("REQUEST_URI", path + ("?" + query if query else "")),
             ("CONTENT_LENGTH", str(n) if n or method == "POST" else ""),
             ("REMOTE_ADDR", dict(extra).get("REMOTE_ADDR", "192.0.2.1")), ("SERVER_PROTOCOL", "HTTP/1.1"), *extra]
    return b"".join(pair(k, v) for k, v in pairs)


def request(path, query="", method="GET", body=b"", keep=True, extra=(), request_id=1,
            chunk=65535, role=RESPONDER, content_length=None):
    return (begin(keep, role, request_id)
            + stream(PARAMS, params_of(path, query, method, body, extra, content_length),
                     request_id)
            + stream(STDIN, body, request_id, chunk))


class Closed(Exception):
    """The peer closed the connection before the end of the answer."""


def wait_until_up(path, process):
    """Its socket is there a moment before anybody may connect."""
    until = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None and time.monotonic() < until, "it does not start"
        try:
            Connection(path).close()
            return
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.01)


class Connection:
    def __init__(self, path, timeout=PATIENCE_S):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.rest = bytearray()

    def send(self, data):
        self.socket.sendall(data)

    def read(self, n):
        while len(self.rest) < n:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Closed(bytes(self.rest))
            self.rest += data
        data = bytes(self.rest[:n])
        del self.rest[:n]
        return data

    def answer(self, request_id=1):
        """The bytes of one whole answer."""
        out = []
        while True:
            _, kind, got_id, n, padding, _ = struct.unpack(">BBHHBB", self.read(8))
            content = self.read(n + padding)[:n]
            if got_id != request_id:
                raise AssertionError(f"an answer for request {got_id}")
            if kind == STDOUT:
                out.append(content)
            elif kind == END:
                self.end = content
                out = b"".join(out)
                refuse_repeated(out)
                return out

    def get(self, *args, **kw):
        self.send(request(*args, **kw))
        return self.answer(kw.get("request_id", 1))

    def is_closed(self):
        """Does the peer close, without another byte?"""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except (TimeoutError, socket.timeout):
            return False

    def is_cut_off(self):
        """Does the peer close?  What it sent before need not have been read."""
        poll = select.poll()
        poll.register(self.socket, 0)
        return bool(poll.poll(PATIENCE_S * 1000))

    def has_answer(self, wait_s=0):
        """Is there something to read?"""
        return bool(self.rest) or bool(select.select([self.socket], [], [], wait_s)[0])

    def close(self):
        self.socket.close()


def refuse_repeated(answer):
    """No field of an answer comes twice, but Set-Cookie."""
    head, _, _ = answer.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")]
    names = [name for name in names if name != b"set-cookie"]
    assert len(names) == len(set(names)), f"a field comes twice: {head}"


def status_of(answer):
    head = answer.split(b"\r\n\r\n", 1)[0]
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"status:"):
            return int(line.split()[1])
    return 200


def body_of(answer):
    return answer.split(b"\r\n\r\n", 1)[1]
