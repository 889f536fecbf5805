"""matrix - who gets in and who does not, row by row, behind every web server, http and https

A row says what is asked and what the gate must make of it.  What is let in is seen at the
application: with the identity, without the session.  What is not must never have come there.
"""
import hashlib
import json
import re
import subprocess
import urllib.parse

from . import fastcgi
from .visitor import BROWSER, PROGRAM

ANN, ADMIN = ("ann@example.org", "pw of ann"), ("root@example.org", "pw of root")
NAMES = ("User", "Groups", "Email", "Name")
JSON = {"Content-Type": "application/json"}


def run(suite, site):
    prepare(site)
    for server in site.servers:
        for scheme in ("http", "https"):
            suite.group = f"{server}, {scheme}"
            world = World(suite, site, server, scheme)
            for name, ask, verdict in ROWS:
                world.row(name, ask, verdict)
            suite.group += ": identity"
            forged_identity(world)
            much_identity(world)
            suite.group = f"{server}, {scheme}: cookies"
            cookies(world)
            suite.group = f"{server}, {scheme}: bodies"
            if scheme == "https" and server != "apache":
                split_cookies(world)
            bodies(world)
            suite.group = f"{server}, {scheme}: WebSocket"
            websocket(world)


# In as many groups as one can be in, with the longest names there are.
MANY = ("many@example.org", "pw of many")
ALL_GROUPS = [f"{i:02d}".ljust(64, "x") for i in range(64)]


def prepare(site):
    """The users, and a session of each for each scheme."""
    if site.sessions:
        return
    if site.sessions is None:
        site.user(*ANN, "staff", "editors")
        site.user(*ADMIN, "admin")
        site.user(*MANY, *ALL_GROUPS)
    site.sessions = {(who, scheme): sign_in(site, who, scheme)
                     for who in (ANN, ADMIN, MANY) for scheme in ("http", "https")}


def sign_in(site, who, scheme):
    """A session of the program itself, without pages: (name of the cookie, id)."""
    form = urllib.parse.urlencode({"email": who[0], "password": who[1]}).encode()
    answer = fastcgi.ask(site.sock, {
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "/api/v1/auth_session/login",
        "REQUEST_URI": "/api/v1/auth_session/login", "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "AUTH_TYPE": "session_db_auth",
        "SESSION_NAME": "sid", "SESSION_DURATION": "43200", "COOKIE_PREFIX": "auto",
        "HTTP_HOST": "localhost", **({"HTTPS": "on"} if scheme == "https" else {})}, form)
    assert answer is not None and answer.status == 200, f"no session: {answer}"
    return answer.cookie()[:2]


def ask(method="GET", path="/a/b", headers=None, who=None, body=None, cookie=None):
    """headers: of a program, unless said; cookie: a Cookie header as it is."""
    return dict(method=method, path=path, headers=PROGRAM if headers is None else headers, who=who,
                body=body, cookie=cookie)


class World:
    """One server and scheme, and words for what is asked and expected there."""

    def __init__(self, suite, site, server, scheme):
        self.suite, self.site, self.server, self.scheme = suite, site, server, scheme
        self.visitor = site.visitor(server, scheme)

    def session(self, who):
        return "=".join(self.site.sessions[who, self.scheme])

    def ask(self, method, path, headers, who=None, body=None, cookie=None):
        """(answer, what came to the application)."""
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        if who or cookie:
            pairs.append(("Cookie", cookie or self.session(who)))
        n = len(self.site.application.requests)
        answer = self.visitor.ask(method, path, [(k, v.replace("ORIGIN", self.visitor.origin))
                                                 for k, v in pairs], body)
        return answer, self.site.application.requests[n:]

    def row(self, name, asked, verdict):
        answer, came = self.ask(**asked)
        self.suite.report(name, verdict(self, asked, answer, came), f"{asked}\n{answer}\n{came}")


# ---------------------------------------------------------------- verdicts
def is_leaked(answer):
    """What no visitor is shown."""
    for name, _ in answer.headers:
        if re.match(r"(?i)(variable-|remote-|gate)", name):
            yield f"the visitor sees {name}"


def allowed(world, asked, answer, came):
    yield from is_leaked(answer)
    if answer.status != 200:
        yield f"want 200, got {answer.status}"
    elif asked["path"].startswith("/static/"):
        if asked["method"] == "GET" and answer.body != b"PRIVATE-A\n":
            yield f"another file: {answer.body!r}"
        if answer.header("Cache-Control") is not None:
            yield "the gate's Cache-Control is on the answer"
    elif len(came) != 1:
        yield f"{len(came)} requests at the application"
    else:
        who = asked["who"]
        yield from identity_faults(came[0], "" if who is None else who[0],
                                   {None: "", ANN: "editors,staff", ADMIN: "admin"}[who])
        if came[0]["method"] != asked["method"]:
            yield f"the method became {came[0]['method']}"
        if world.session(ANN) in str(came[0]) or world.session(ADMIN) in str(came[0]):
            yield "the session is at the application"


def identity_faults(came, user, groups):
    """What the application takes for the identity must be ours alone, however it reads names."""
    want = {"User": user, "Groups": groups, "Email": user}
    if "params" in came:
        for name, value in want.items():
            # PHP reads a dot as an underscore, and lighttpd hands over all marks as one.
            got = [v for k, v in came["params"] if k == f"REMOTE_{name.upper()}"]
            of_header = [v for k, v in came["params"]
                         if re.sub(r"\W", "_", k) == f"HTTP_REMOTE_{name.upper()}"]
            if any(v not in ("", value) for v in got + of_header) or len(of_header) > 1:
                yield f"REMOTE_{name.upper()}: {got}, as a header {of_header}, want {value}"
            if value not in got + of_header:
                yield f"no REMOTE_{name.upper()}"
        return
    for name, value in want.items():
        got = [v for k, v in came["headers"]
               if re.sub(r"[_.]", "-", k.lower()) == f"remote-{name.lower()}"]
        if got != [value] and not (value == "" and got == []):
            yield f"Remote-{name}: {got}, want {value}"


def kept_away(answer, came):
    yield from is_leaked(answer)
    if came:
        yield "it came to the application"
    if answer.headers_named("Set-Cookie"):
        yield "a check sets a cookie"
    if b"PRIVATE" in answer.body:
        yield "the file is in the answer"


def to_the_page(rd=None):
    """302 to the login page, which leads back: to where it was asked for, or rd."""
    def verdict(world, asked, answer, came):
        yield from kept_away(answer, came)
        want = "/_gate/login?rd=" + urllib.parse.quote(rd or asked["path"], safe="/~")
        if (answer.status, answer.header("Location")) != (302, want):
            yield f"want 302 to {want}, got {answer.status} to {answer.header('Location')}"
        if answer.header("Cache-Control") != "no-store":
            yield "caches may keep it"
    return verdict


def is_challenged(scheme):
    def verdict(world, asked, answer, came):
        yield from kept_away(answer, came)
        challenge = answer.header("WWW-Authenticate")
        if answer.status != 401 or answer.header("Location") is not None:
            yield f"want 401 without Location, got {answer.status}"
        if not (challenge or "").startswith(scheme + " "):
            yield f"want a challenge {scheme}, got {challenge}"
        if world.server != "nginx" and asked["method"] != "HEAD" \
                and json.loads(answer.body) != {"error": "Unauthorized"}:
            yield f"the body is {answer.body!r}"
    return verdict


def forbidden(world, asked, answer, came):
    yield from kept_away(answer, came)
    if answer.status != 403:
        yield f"want 403, got {answer.status}"
    elif asked["method"] != "HEAD":
        is_page = answer.body.lstrip().lower().startswith(b"<!doctype html")
        if is_page != (asked["headers"] is BROWSER):
            yield f"the wrong kind of answer: {answer.body[:100]!r}"


def refused(world, asked, answer, came):
    """Not let in, be it by the server's own 4xx or 5xx."""
    yield from kept_away(answer, came)
    if answer.status < 400:
        yield f"it got {answer.status}"


unauthorized = is_challenged("Cookie")
CROSS = {**PROGRAM, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
SAME = {**PROGRAM, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
SOCKET = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}

# name, what is asked, what must come of it
ROWS = [
    # known, and allowed
    ("somebody signed in", ask(who=ANN), allowed),
    ("their browser", ask(headers=BROWSER, who=ANN), allowed),
    ("HEAD", ask("HEAD", who=ANN), allowed),
    ("OPTIONS", ask("OPTIONS", who=ANN), allowed),
    ("PUT", ask("PUT", headers=JSON, who=ANN, body="{}"), allowed),
    ("DELETE", ask("DELETE", who=ANN), allowed),
    ("a file", ask(path="/static/a.txt", who=ANN), allowed),
    ("HEAD of a file", ask("HEAD", "/static/a.txt", who=ANN), allowed),
    ("a FastCGI application", ask(path="/fcgi/a?b=c", who=ANN), allowed),
    ("an address with a query", ask(path="/a?b=c&d=%2F%20", who=ANN), allowed),
    # nobody
    ("nobody, a browser", ask(headers=BROWSER), to_the_page()),
    ("a browser, for an address with a query",
     ask(path="/a/b?q=1&b=%2F%26+c%20d", headers=BROWSER), to_the_page()),
    ("a browser, for a file", ask(path="/static/a.txt", headers=BROWSER), to_the_page()),
    ("a browser, for a FastCGI application", ask(path="/fcgi/a", headers=BROWSER), to_the_page()),
    ("a browser without Sec-Fetch",
     ask(headers={"Accept": "text/html,*/*;q=0.8"}), to_the_page()),
    ("Sec-Fetch-Mode navigate without Dest",
     ask(headers={"Sec-Fetch-Mode": "navigate", "Accept": "*/*"}), to_the_page()),
    ("HEAD of a browser", ask("HEAD", headers=BROWSER), to_the_page()),
    ("a form of a browser goes back to its page", ask(
        "POST", headers={**BROWSER, "Referer": "ORIGIN/form?x=1", "Sec-Fetch-Site": "same-origin"},
        body="a=b"), to_the_page("/form?x=1")),
    ("a form of nowhere, to the beginning",
     ask("POST", headers=BROWSER, body="a=b"), to_the_page("/")),
    ("a form of another site, to the beginning", ask(
        "POST", headers={**BROWSER, "Referer": "https://evil.test/x"}, body="a=b"), to_the_page("/")),
    ("nobody, a program", ask(), unauthorized),
    ("a program without Accept", ask(headers={}), unauthorized),
    ("a script's fetch", ask(headers={"Sec-Fetch-Mode": "cors", "Accept": "text/html"}), unauthorized),
    ("a picture", ask(headers={"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}), unauthorized),
    ("a frame", ask(headers={**BROWSER, "Sec-Fetch-Dest": "iframe"}), unauthorized),
    ("an XMLHttpRequest",
     ask(headers={"X-Requested-With": "XMLHttpRequest", "Accept": "text/html"}), unauthorized),
    ("HEAD of a program", ask("HEAD"), unauthorized),
    ("POST of a program", ask("POST", headers=JSON, body="{}"), unauthorized),
    ("a file, a program", ask(path="/static/sub/a.txt"), unauthorized),
    ("a folder", ask(path="/static/"), unauthorized),
    ("FastCGI, a program", ask(path="/fcgi/"), unauthorized),
    ("a preflight", ask("OPTIONS", headers={"Origin": "https://a.test",
                                           "Access-Control-Request-Method": "PUT"}), unauthorized),
    ("a session that never was", ask(cookie="sid=00000000-0000-4000-8000-000000000000; "
                                            "__Host-sid=00000000-0000-4000-8000-000000000000",
                                     headers=BROWSER), to_the_page()),
    ("an empty cookie", ask(cookie="sid=; __Host-sid="), unauthorized),
    ("Basic, where there is none", ask(headers={"Authorization": "Basic cm9vdDp4"}), unauthorized),
    ("nobody, where a group is asked for", ask(path="/admin", headers=BROWSER), to_the_page()),
    # known, not allowed
    ("not in the group", ask(path="/admin", who=ANN), forbidden),
    ("not in the group, a browser", ask(path="/admin", headers=BROWSER, who=ANN), forbidden),
    ("not in the group, HEAD", ask("HEAD", "/admin", who=ANN), forbidden),
    ("not in the group, POST", ask("POST", "/admin", who=ANN, body="x" * 100000), forbidden),
    ("in the group", ask(path="/admin", who=ADMIN), allowed),
    ("in the group, below", ask(path="/admin/a?b=c", who=ADMIN), allowed),
    ("in the group, elsewhere", ask(who=ADMIN), allowed),
    # other sites' pages
    ("a change from another site", ask("POST", headers=CROSS, who=ANN, body=""), forbidden),
    ("a change from the same", ask("POST", headers=SAME, who=ANN, body=""), allowed),
    ("a look from another site", ask(headers=CROSS, who=ANN), allowed),
    ("Origin of another", ask("POST", headers={"Origin": "https://evil.test"}, who=ANN, body=""),
     forbidden),
    ("Origin null", ask("POST", headers={"Origin": "null"}, who=ANN, body=""), forbidden),
    ("Origin of the same", ask("POST", headers={"Origin": "ORIGIN"}, who=ANN, body=""), allowed),
    ("a WebSocket from another site", ask(headers={**SOCKET, "Origin": "https://evil.test"}, who=ANN),
     forbidden),
    ("a method that claims another", ask("POST", headers={**CROSS, "X-HTTP-Method-Override": "GET"},
                                         who=ANN, body=""), forbidden),
    ("X-Forwarded-Method", ask("POST", headers={**CROSS, "X-Forwarded-Method": "GET"}, who=ANN,
                               body=""), forbidden),
    # what opens other gates
    *((f"{name}: {value}", ask(headers={**PROGRAM, name: value}), refused) for name, value in (
        ("X-Forwarded-Uri", "/_gate/login"), ("X-Original-URL", "/_gate/login"),
        ("X-Rewrite-URL", "/_gate/login"), ("X-Forwarded-Method", "OPTIONS"),
        ("X-HTTP-Method-Override", "OPTIONS"), ("X-Forwarded-User", "root"), ("Remote-User", "root"),
        ("Gate", "nginx"), ("GATE", "none"), ("Auth-Type", "none"), ("Auth-Require", "any"),
        ("Variable-REMOTE_USER", "root"), ("User-Agent", "kube-probe/1.30"),
        ("User-Agent", "GoogleHC/1.0"), ("Forwarded", "for=127.0.0.1;remote_user=root"))),
    *((f"{method}, nobody", ask(method, path="/static/a.txt"), refused)
      for method in ("TRACE", "PROPFIND", "MKCOL", "PATCH", "FROBNICATE", "get")),
    # the check itself
    ("the check from outside", ask(path="/_gate/check"), refused),
    ("a check from outside, signed in", ask(path="/_gate/check", who=ADMIN), refused),
    ("the check of a group from outside", ask(path="/_gate/check-admin", who=ADMIN), refused),
]


# ------------------------------------------------------- more than one answer
def forged_identity(world):
    """A client's own headers and credentials never arrive as the identity."""
    spellings = ["Remote-User", "remote-user", "REMOTE-USER", "Remote_User", "REMOTE_USER",
                 "Remote-user", "Remote_user", "Remote.User", "REMOTE.USER"]
    if world.server == "lighttpd":
        spellings += ["Remote~User", "Remote!User", "REMOTE+USER"]
    for spelling in spellings:
        names = [spelling, *(spelling.replace("User", n).replace("USER", n.upper())
                             .replace("user", n.lower()) for n in NAMES[1:])]
        for path in ("/a", "/fcgi/a"):
            world.row(f"{spelling} and its like, to {path}",
                      ask(path=path, who=ANN, headers=[(n, "root") for n in names]), allowed)
    for name, value in (("Authorization", "Basic cm9vdDp4"), ("Auth-User", "root"),
                        ("Variable-REMOTE_USER", "root"), ("HTTP_REMOTE_USER", "root")):
        for path in ("/a", "/fcgi/a"):
            world.row(f"{name}, to {path}", ask(path=path, who=ANN, headers=[(name, value)]), allowed)
    # RFC 9110 section 7.6.1: a proxy takes away what Connection names.
    for value in ("Remote-User", "close, remote-user, REMOTE-GROUPS, Remote-Email,Remote-Name"):
        for path in ("/a", "/fcgi/a"):
            world.row(f"Connection: {value}, to {path}",
                      ask(path=path, who=ANN, headers=[("Connection", value)]), allowed)
    world.row("two of them", ask(who=ANN, headers=[("Remote-User", "root"), ("Remote-User", "x")]),
              allowed)


def much_identity(world):
    """It arrives whole, however much it is."""
    answer, came = world.ask(**ask(who=MANY))
    faults = [f"want 200, got {answer.status}"] if answer.status != 200 or len(came) != 1 else [
        *identity_faults(came[0], MANY[0], ",".join(ALL_GROUPS))]
    world.suite.report("of somebody in 64 groups", faults, answer)


def cookies(world):
    """The session goes no further than the gate; the application's own cookies arrive."""
    session = world.session(ANN)
    name, id_ = world.site.sessions[ANN, world.scheme]
    others = [n for n in ("sid", "__Host-sid", "__Secure-sid") if n != name]
    texts = {
        "alone": (session, None),
        "first": (f"{session}; a=1; b=2", "a=1; b=2"),
        "in the middle": (f"a=1; {session}; b=2", "a=1; b=2"),
        "last": (f"a=1; b=2; {session}", "a=1; b=2"),
        "without blanks": (f"a=1;{session};b=2", "a=1;b=2"),
        "beside a longer name": (f"xsid=1; {session}; sid2=2; sid_x=3", "xsid=1; sid2=2; sid_x=3"),
        "in another's value": (f"a=sid=7; {session}", "a=sid=7"),
        "twice the same": (f"{session}; a=1; {session}", "a=1"),
        "thrice": (f"{session}; a=1; {session}; b=2; {session}", "a=1; b=2"),
        "under its other names too": (f"{others[0]}={id_}; a=1; {session}; {others[1]}={id_}", "a=1"),
        "with that of its forms": (f"sid_form=x; a=1; {session}; __Host-sid_d=y; sid_former=z",
                                   "a=1; sid_former=z"),
        "with a stale one of each kind": (
            f"sid_form=x; __Host-sid_form=y; a=1; sid_d=z; {session}; {others[0]}={id_}", "a=1"),
    }
    for where, (text, want) in texts.items():
        for path in ("/a", "/fcgi/a"):
            answer, came = world.ask("GET", path, PROGRAM, cookie=text)
            got = [v for c in came for k, v in c.get("headers", c.get("params"))
                   if k.lower() in ("cookie", "http_cookie")]
            tidy = "; ".join(x.strip() for x in (got[0] if got else "").split(";") if x.strip())
            faults = list(allowed(world, ask(path=path, who=ANN), answer, came))
            if tidy.replace(" ", "") != (want or "").replace(" ", ""):
                faults.append(f"the application has the cookies {got}, want {want}")
            world.suite.report(f"{where}, to {path}", faults, text)


def split_cookies(world):
    """HTTP/2 allows a cookie a line (RFC 9113 section 8.2.3); Apache here has no HTTP/2."""
    n = len(world.site.application.requests)
    out = subprocess.run(
        ["curl", "-sk", "--http2", "-o", "/dev/null", "-w", "%{http_code} %{http_version}", "-H",
         "Cookie: a=1", "-H", f"Cookie: {world.session(ANN)}", "-H", "Cookie: b=2",
         world.visitor.origin + "/a"], capture_output=True, text=True, check=False).stdout
    came = world.site.application.requests[n:]
    world.suite.check("a cookie a line, over HTTP/2", out == "200 2" and "a=1; b=2" in str(came),
                      f"{out} {came}")


def bodies(world):
    """A body of 1 MB arrives whole, however it comes, and is not read for one who is nobody."""
    body = b"0123456789abcdef" * 65536
    sha256 = hashlib.sha256(body).hexdigest()
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in
                       [body[i:i + 60000] for i in range(0, len(body), 60000)]) + b"0\r\n\r\n"
    for path in ("/a", "/fcgi/a"):
        for how, headers, sent in (("with its length", {}, body),
                                   ("in chunks", {"Transfer-Encoding": "chunked"}, chunked)):
            answer, came = world.ask("POST", path, headers, ANN, sent)
            faults = list(allowed(world, ask("POST", path, who=ANN), answer, came))
            if came and came[0]["sha256"] != sha256:
                faults.append(f"{came[0]['body_bytes']} bytes arrived")
            world.suite.report(f"1 MB {how}, to {path}", faults, answer)


def websocket(world):
    """101 with the identity; not without a session."""
    answer, came = world.ask("GET", "/socket", SOCKET)
    world.suite.report("nobody", unauthorized(world, ask(), answer, came), answer)
    lines = ["GET /socket HTTP/1.1", f"Host: {world.visitor.authority}",
             f"Cookie: {world.session(ANN)}", f"Origin: {world.visitor.origin}",
             *(f"{k}: {v}" for k, v in SOCKET.items()), "", ""]
    with world.visitor.connect() as sock:
        sock.sendall("\r\n".join(lines).encode())
        file = sock.makefile("rb")
        head = b"".join(iter(file.readline, b"\r\n"))
        faults = [] if b" 101 " in head.split(b"\r\n")[0] else [f"the answer is {head!r}"]
        if not faults:
            told = json.loads(read_frame(file))
            faults = list(identity_faults(told, ANN[0], "editors,staff"))
            sock.sendall(b"\x81\x85\0\0\0\0hello")
            if (echo := read_frame(file)) != b"hello":
                faults.append(f"it echoes {echo!r}")
            sock.sendall(b"\x88\x80\0\0\0\0")
    world.suite.report("somebody", faults)


def read_frame(file):
    size = file.read(2)[1]
    return file.read(int.from_bytes(file.read(2), "big") if size == 126 else size)
