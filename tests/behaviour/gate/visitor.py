"""visitor - who comes to a gated site, over http or https

One connection for each request: what the gate lets in or not must not depend on an earlier one.
Cookies are kept as a browser keeps them, as far as that matters here: by name.
"""
import re
import ssl

from cases.http import Answer, Client

# What Chromium sends for a page that somebody opens; and a script that fetches.
BROWSER = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none",
           "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "*/*"}
# What a browser sends with a form of the page that it shows.
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


class Visitor(Client):
    """url: where the site is; host: what the Host header says, if another name."""

    def __init__(self, url, host=None):
        self.scheme, address = url.split("://")
        super().__init__("http://" + address)
        self.authority = host or f"{self.host}:{self.port}"
        self.origin = f"{self.scheme}://{self.authority}"
        self.cookies = {}
        self.context = None
        if self.scheme == "https":
            self.context = ssl.create_default_context()
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE

    def connect(self):
        sock = super().connect()
        return self.context.wrap_socket(sock) if self.context else sock

    def ask(self, method, path, headers=(), body=None):
        """As request(), with the cookies, and keeps those that come."""
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        if self.cookies:
            pairs.append(("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items())))
        pairs.append(("Connection", "close"))
        try:
            answer = self.request(method, path, pairs, body)
        finally:
            self.close()
        for line in answer.headers_named("Set-Cookie"):
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
            if re.search(r"(?i)max-age=0\b", line):
                del self.cookies[name]
        return answer

    def raw(self, data):
        """What comes for bytes as they are, until the server closes; None where nothing comes.

        Several answers are one, with the first status and all the rest as its body."""
        with self.connect() as sock:
            try:
                sock.sendall(data)
                got = b"".join(iter(lambda: sock.recv(65536), b""))
            except ConnectionError:
                return None
        if not got.startswith(b"HTTP/"):    # HTTP/0.9 has no status
            return Answer(0, [], got) if got else None
        head, _, body = got.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        return Answer(int(lines[0].split()[1]),
                      [tuple(x.strip() for x in line.split(":", 1)) for line in lines[1:]], body)
