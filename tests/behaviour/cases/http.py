"""http - a client that sends exactly the bytes a case asks for

Connections are kept between requests on purpose: an answer that belongs to another request, or
a body left unread by the program, shows in the case that follows.
"""
import re
import socket
import ssl

TIMEOUT_S = 60


def refuse_repeated(headers):
    """No answer has a field twice, whoever asks for it; RFC 9110 section 5.3, RFC 6265 section 3."""
    names = [name.lower() for name, _ in headers if name.lower() != "set-cookie"]
    assert len(names) == len(set(names)), f"a field comes twice: {headers}"


class Answer:
    """Status, headers (a list, in order) and body of one answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        """The value of the only header of that name, None without; two are a fault."""
        values = self.headers_named(name)
        assert len(values) <= 1, f"two headers {name}: {values}"
        return values[0] if values else None

    def headers_named(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]

    def cookie(self):
        """(name, value, attributes) of the first Set-Cookie, or None."""
        lines = self.headers_named("Set-Cookie")
        if not lines:
            return None
        pair, *attributes = lines[0].split("; ")
        name, _, value = pair.partition("=")
        return name, value, attributes

    def __str__(self):
        head = "".join(f"\n    {k}: {v}" for k, v in self.headers)
        return f"{self.status}{head}\n    body {self.body[:400]!r}"


class Client:
    """One kept connection to one address; opened again when the server has closed it."""

    def __init__(self, url):
        self.host, port = re.fullmatch(r"http://([^:/]+):(\d+)", url).groups()
        self.port = int(port)
        self.authority = f"{self.host}:{port}"
        self.sock = self.file = None

    def connect(self):
        sock = socket.create_connection((self.host, self.port), TIMEOUT_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def close(self):
        if self.sock is not None:
            self.file.close()
            self.sock.close()
        self.sock = self.file = None

    def send(self, data, method="GET"):
        """Sends raw bytes, returns the answer to them."""
        is_kept = self.sock is not None
        if not is_kept:
            self.sock = self.connect()
            self.file = self.sock.makefile("rb")
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            pass    # the server may have answered already, and closed (413)
        try:
            answer = self.receive(method)
        except (ConnectionError, EOFError):
            self.close()
            if not is_kept:
                raise
            return self.send(data, method)  # it was closed while idle
        if (answer.header("Connection") or "").lower() == "close":
            self.close()
        return answer

    def receive(self, method):
        line = self.file.readline()
        if not line:
            raise EOFError
        status = int(line.split()[1])
        headers = []
        while (line := self.file.readline().rstrip(b"\r\n")):
            name, colon, value = line.decode("latin-1").partition(":")
            assert colon and re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name), f"no field: {line}"
            headers.append((name, value.strip()))
        refuse_repeated(headers)
        answer = Answer(status, headers, b"")
        length = answer.header("Content-Length")
        if method == "HEAD" or status in (101, 204, 304):
            pass
        elif (answer.header("Transfer-Encoding") or "").lower() == "chunked":
            while (size := int(self.file.readline().split(b";")[0], 16)):
                answer.body += self.file.read(size)
                self.file.readline()
            self.file.readline()
        elif length is not None:
            answer.body = self.file.read(int(length))
        else:
            answer.body = self.file.read()
            self.close()
        if status == 100:
            return self.receive(method)
        return answer

    def request(self, method, path, headers=(), body=None):
        """headers: pairs, or a dictionary; text is sent as latin-1, or bytes as they are."""
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        lines = [_bytes(method) + b" " + _bytes(path) + b" HTTP/1.1",
                 b"Host: " + self.authority.encode()]
        lines += [_bytes(k) + b": " + _bytes(v) for k, v in pairs]
        body = None if body is None else _bytes(body, "utf-8")
        names = {_bytes(k).lower() for k, _ in pairs}
        if not names & {b"content-length", b"transfer-encoding"}:
            # lighttpd takes no POST without a length, be it 0.
            if body is not None or method in ("POST", "PUT", "PATCH"):
                lines.append(b"Content-Length: %d" % len(body or b""))
        return self.send(b"\r\n".join(lines) + b"\r\n\r\n" + (body or b""), method)


def _bytes(text, encoding="latin-1"):
    return text if isinstance(text, bytes) else text.encode(encoding)
