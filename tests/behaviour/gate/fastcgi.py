"""fastcgi - one request to the program itself, without a web server"""
import re
import socket
import struct

from cases.http import Answer


def _pair(name, value):
    name, value = name.encode("latin-1"), value.encode("latin-1")
    return b"".join(bytes([len(x)]) if len(x) < 128 else struct.pack(">I", len(x) | 1 << 31)
                    for x in (name, value)) + name + value


def record(type_, content=b""):
    return struct.pack(">BBHHBB", 1, type_, 1, len(content), 0, 0) + content


def ask(path, params, body=b"", role=1):
    """The answer, or None where the connection was closed without one.  path: of the socket."""
    if body:
        params = {**params, "CONTENT_LENGTH": str(len(body))}
    text = b"".join(_pair(k, v) for k, v in params.items())
    sent = (record(1, struct.pack(">HB5x", role, 0)) + record(4, text) + record(4)
            + (record(5, body) if body else b"") + record(5))
    out = b""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(str(path))
        s.sendall(sent)
        data = b"".join(iter(lambda: s.recv(65536), b""))
    while data:
        _, type_, _, length, padding, _ = struct.unpack(">BBHHBB", data[:8])
        if type_ == 6:
            out += data[8:8 + length]
        data = data[8 + length + padding:]
    if not out:
        return None
    head, _, body = out.partition(b"\r\n\r\n")
    headers = [tuple(x.strip() for x in line.split(":", 1))
               for line in head.decode("latin-1").split("\r\n")]
    status = next((int(re.match(r"\d+", v)[0]) for k, v in headers if k == "Status"), 200)
    return Answer(status, headers, body)
