"""wire - CORS, HEAD, paths in odd forms, limits, kept connections"""
import json
import urllib.parse

from .suite import BOB
from .world import FORM, JSON

ALL_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
UNKNOWN_ID = "5535d4d7-3d77-4d06-8281-495dc3acfe76"

# name, method, path, body, status under session_auth without a credential
STATUSES = [
    ("200", "GET", "/status", None, 200), ("401", "GET", "/users", None, 401),
    ("403", "GET", "/forbidden", None, 403), ("400", "POST", "/auth_session/login", "", 400),
    ("404", "POST", "/auth_session/login", "email=a&password=b", 404),
    ("405", "GET", "/auth_session/login", None, 405),
    ("wrong password", "POST", "/auth_session/login", "email=bob@hbtn.io&password=b", 401),
    ("413", "POST", "/auth_session/login", "x" * 70000, 413),
    ("401 on no route", "GET", "/nothing", None, 401),
]


def run(suite, world, is_quick=False):
    cors(suite, world)
    head(suite, world)
    paths(suite, world)
    limits(suite, world)


def cors(suite, world):
    suite.group = "CORS"
    origin = "https://app.example"
    for name, method, path, body, status in STATUSES:
        for slash in ("", "/"):
            answer = world.api("session_auth", method, path + slash, FORM, body)
            suite.expect(f"{name}{slash}: no Origin", answer, status,
                         headers={"Access-Control-Allow-Origin": "*"})
            # Another site's login is refused: see cross_site.py.
            whose = origin if method == "GET" else world.site.url("session_auth")
            answer = world.api("session_auth", method, path + slash, {**FORM, "Origin": whose},
                               body)
            suite.expect(f"{name}{slash}: with Origin", answer, status,
                         headers={"Access-Control-Allow-Origin": whose,
                                  "Access-Control-Allow-Methods": None})
            suite.check(f"{name}{slash}: Vary", "Origin" in (answer.header("Vary") or ""), answer)
    suite.expect("500 too", world.api("nonsense", "GET", "/status", {"Origin": origin}), 500,
                 headers={"Access-Control-Allow-Origin": origin})
    suite.expect("the origin null", world.api("session_auth", "GET", "/status",
                                              {"Origin": "null"}), 200,
                 headers={"Access-Control-Allow-Origin": "null"})
    suite.expect("not outside /api/v1", world.to("session_auth", "GET", "/", {"Origin": origin}),
                 401, headers={"Access-Control-Allow-Origin": None})

    preflight = {"Origin": origin, "Access-Control-Request-Method": "PUT",
                 "Access-Control-Request-Headers": "x-b, Content-Type,x-a"}
    # json.dumps-like folding of the names is nobody's business: compare in lower case.
    for site, path, status in (("session_auth", "/status", 200), ("none", "/users", 200),
                               ("session_auth", "/users", 401), ("none", "/nothing", 404)):
        answer = world.api(site, "OPTIONS", path, preflight)
        suite.expect(f"preflight of {path}: {status}", answer, status,
                     headers={"Access-Control-Allow-Origin": origin,
                              "Access-Control-Allow-Methods": ALL_METHODS})
        names = (answer.header("Access-Control-Allow-Headers") or "").lower()
        suite.equal(f"preflight of {path}: the headers, sorted", names, "content-type, x-a, x-b")
    answer = world.api("none", "OPTIONS", "/users", {
        "Origin": origin, "Access-Control-Request-Method": "GET"})
    suite.expect("preflight without headers", answer, 200,
                 headers={"Access-Control-Allow-Methods": ALL_METHODS,
                          "Access-Control-Allow-Headers": None})
    suite.expect("OPTIONS without an Origin is no preflight",
                 world.api("none", "OPTIONS", "/users"), 200,
                 headers={"Access-Control-Allow-Methods": None, "Access-Control-Allow-Origin": "*"})

    for site, given, want in (
            ("cors_list", "https://a.example", "https://a.example"),
            ("cors_list", "https://b.example:8443", "https://b.example:8443"),
            ("cors_list", "https://b.example", None),
            ("cors_list", "https://a.example.evil", None),
            ("cors_list", "https://xa.example", None),
            ("cors_list", "http://a.example", None),
            ("cors_list", "HTTPS://A.EXAMPLE", None),
            ("cors_list", "https://a.example https://b.example:8443", None),
            ("cors_list", "null", None), ("cors_list", "*", None), ("cors_list", None, None),
            ("cors_none", "https://a.example", None), ("cors_none", None, None)):
        headers = {} if given is None else {"Origin": given}
        answer = world.api(site, "GET", "/status", headers)
        suite.expect(f"CORS_ORIGINS, {site}: {given}", answer, 200,
                     headers={"Access-Control-Allow-Origin": want})
    answer = world.api("cors_list", "OPTIONS", "/status", {**preflight, "Origin": "https://evil"})
    suite.expect("a preflight from an origin not listed", answer, 200,
                 headers={"Access-Control-Allow-Origin": None,
                          "Access-Control-Allow-Methods": None})


def head(suite, world):
    suite.group = "HEAD"
    session = {"Cookie": world.login("session_auth")}
    user = json.loads(world.api("session_auth", "GET", "/users/me", session).body)
    for path in ("/status", "/stats", "/users", "/users/me", f"/users/{user['id']}",
                 "/unauthorized", "/forbidden", "/nothing"):
        get = world.api("session_auth", "GET", path, session)
        answer = world.api("session_auth", "HEAD", path, session)
        suite.expect(f"{path}: status and no body", answer, get.status, method="HEAD")
        own = ("date", "connection", "server", "keep-alive")
        got, want = ([(k.lower(), v) for k, v in a.headers if k.lower() not in own]
                     for a in (answer, get))
        suite.equal(f"{path}: the headers of GET", sorted(got), sorted(want))


# name, path, status with a session: never another route.  Where nginx or lighttpd refuse a path
# by themselves (400) that is as good.
PATHS = [
    ("an escaped letter", "/api/v1/%73tatus", 200),
    ("all escaped", "/%61%70%69/%76%31/%73%74%61%74%75%73", 200),
    ("a query", "/api/v1/status?x=/../users", 200),
    ("a query after the slash", "/api/v1/status/?%2f", 200),
    ("a NUL in the query", "/api/v1/status?%00", (200, 400)),
    ("an escaped slash", "/api/v1%2fstatus", (400, 404)),
    ("an escaped slash, upper case", "/api/v1/users%2Fme", (400, 404)),
    ("an escaped slash at the end", "/api/v1/status%2f", (400, 404)),
    ("a slash escaped twice", "/api/v1%252fstatus", (400, 404)),
    ("a letter escaped twice", "/api/v1/%2573tatus", (400, 404)),
    ("a NUL at the end", "/api/v1/status%00", (400, 404)),
    ("a NUL and more", "/api/v1/status%00/users", (400, 404)),
    ("a NUL escaped twice", "/api/v1/status%2500", (400, 404)),
    ("a dot segment", "/api/v1/./status", (400, 404)),
    ("two dots", "/api/v1/users/../status", (400, 404)),
    ("two dots escaped", "/api/v1/users/%2e%2e/status", (400, 404)),
    ("two dots escaped twice", "/api/v1/users/%252e%252e/status", (400, 404)),
    ("two dots with an escaped slash", "/api/v1/users/..%2fstatus", (400, 404)),
    ("two dots out and in again", "/api/v1/../../api/v1/status", (400, 404)),
    ("a line end", "/api/v1/status%0a", (400, 404)),
    ("a return", "/api/v1/status%0d%0aX-Evil:%20yes", (400, 404)),
    ("a blank", "/api/v1/status%20", (400, 404)),
    ("a semicolon", "/api/v1/status;x=y", (400, 404)),
    ("a backslash", "/api/v1\\status", (400, 404)),
    ("an escaped backslash", "/api/v1%5cstatus", (400, 404)),
    ("a bad escape", "/api/v1/%zz", (400, 404)),
    ("half an escape", "/api/v1/status%", (400, 404)),
    ("overlong UTF-8", "/api/v1%c0%afstatus", (400, 404)),
    ("not UTF-8", "/api/v1/status%ff", (400, 404)),
    ("a full-width letter", "/api/v1/%ef%bd%93tatus", (400, 404)),
    ("another case", "/api/V1/status", (400, 404)),
    ("a suffix", "/api/v1/status.json", (400, 404)),
    ("a star", "/api/v1/stat*", (400, 404)),
    ("three kilobytes", "/api/v1/" + "a" * 3000, (400, 404)),
]


def paths(suite, world):
    suite.group = "paths"
    session = {"Cookie": world.login("session_auth")}
    for name, path, status in PATHS:
        answer = world.to("session_auth", "GET", path, session)
        suite.expect(f"{name}, with a session", answer, status, by_server=True)
        suite.check(f"{name}: no header of the path's making", answer.header("X-Evil") is None)
        if answer.status != 400:
            decoded = urllib.parse.unquote(path.partition("?")[0], "latin-1")
            suite.equal(f"{name}: CORS below /api/v1", answer.header("Access-Control-Allow-Origin"),
                        "*" if decoded.startswith("/api/v1/") else None)
        answer = world.to("session_auth", "GET", path)
        # 400: the server's own refusal.  A path that is no public route is 401 without a session.
        suite.expect(f"{name}, without", answer, status if status != (400, 404) else (400, 401),
                     by_server=True)


def limits(suite, world):
    session = {"Cookie": world.login("session_auth")}
    fill = "&x=" + "y" * 65536
    right = f"email={BOB[0]}&password={BOB[1]}"

    suite.group = "limits of the body"
    suite.expect("64 KiB are read", world.api("session_auth", "POST", "/auth_session/login", FORM,
                                              (right + fill)[:65536]), 200)
    for name, body in (("a byte more", (right + fill)[:65537]), ("100 kB", "x" * 100000),
                       ("1,000,000 bytes", "x" * 1000000)):
        for method, path, headers in (("POST", "/auth_session/login", FORM),
                                      ("POST", "/users", {**JSON, **session}),
                                      ("DELETE", "/status", {}), ("PUT", "/nothing", session)):
            answer = world.api("session_auth", method, path, headers, body)
            suite.expect(f"{name}: {method} {path} is 413", answer, 413)
            answer = world.api("session_auth", "GET", "/users/me", session)
            suite.expect(f"{name}: the next request has its own answer", answer, 200,
                         user={"email": BOB[0]})
    suite.expect("2 MB are refused by the server in front", world.api(
        "session_auth", "POST", "/users", {**JSON, **session}, "x" * 2000000), 413, by_server=True)

    suite.group = "bodies where none is needed"
    forged = (b"GET /api/v1/users HTTP/1.1\r\nHost: x\r\nCookie: "
              + session["Cookie"].encode() + b"\r\n\r\n")
    for method, path, headers, status in (
            ("GET", "/status", {}, 200), ("GET", "/users", {}, 401), ("GET", "/users/me", session, 200),
            ("GET", "/forbidden", {}, 403), ("GET", "/auth_session/login", {}, 405),
            ("GET", "/nothing", session, 404), ("OPTIONS", "/status", {}, 200),
            ("DELETE", "/users", {}, 401), ("PUT", "/nothing", session, 404),
            ("POST", "/status", {}, 405), ("POST", "/auth_session/logout", session, 405),
            ("DELETE", "/users/" + UNKNOWN_ID, session, 404), ("PATCH", "/users", session, 405)):
        for n in (1, 100, 8192, 20000, 65536):
            body = (forged * (n // len(forged) + 1))[:n]
            # lighttpd takes no body with GET: 400.
            suite.expect(f"{method} {path} with {n} bytes", world.api(
                "session_auth", method, path, headers, body),
                (status, 400) if method == "GET" else status, by_server=method == "GET")
            suite.expect(f"after {method} {path} with {n} bytes", world.api(
                "session_auth", "GET", "/stats", session), 200)

    suite.group = "lengths"
    for name, headers in (("negative", {"Content-Length": "-1"}), ("text", {"Content-Length": "x"}),
                          ("hexadecimal", {"Content-Length": "0x5"}),
                          ("beyond 64 bits", {"Content-Length": "99999999999999999999"})):
        client = world.site.new_client("session_auth")
        suite.expect(f"{name} is refused", client.request(
            "POST", "/api/v1/auth_session/login", headers), (400, 413), by_server=True)
        client.close()
    for name, pieces in (("one piece", [right]), ("many pieces", list(right)), ("no piece", [])):
        body = "".join(f"{len(p):x}\r\n{p}\r\n" for p in pieces) + "0\r\n\r\n"
        suite.expect(f"chunked: {name}", world.api(
            "session_auth", "POST", "/auth_session/login",
            {**FORM, "Transfer-Encoding": "chunked"}, body), 200 if pieces else 400)

    suite.expect("none at all with a POST (lighttpd: 411)", world.site.clients["session_auth"].send(
        b"POST /api/v1/auth_session/login HTTP/1.1\r\nHost: x\r\n\r\n"), (400, 411),
        error="email missing", by_server=True)

    suite.group = "hostile headers"
    for name, headers in (
            ("Proxy", {"Proxy": "http://evil"}), ("Status", {"Status": "500"}),
            ("Content_Length", {"Content_Length": "99"}),
            ("X-Forwarded-User", {"X-Forwarded-User": "bob@hbtn.io"}),
            ("Remote-User", {"Remote-User": "bob@hbtn.io"}),
            ("Auth-Type", {"Auth-Type": "none"}), ("Auth_Type", {"AUTH_TYPE": "none"}),
            ("Session-Name", {"Session-Name": "x"}),
            ("X-Original-URL", {"X-Original-URL": "/api/v1/status"}),
            ("X-HTTP-Method-Override", {"X-HTTP-Method-Override": "OPTIONS"}),
            ("a hundred headers", {f"X-{i}": "v" for i in range(100)})):
        suite.expect(f"{name} opens nothing", world.api("session_auth", "GET", "/users", headers),
                     401)
        suite.expect(f"{name} does no harm",
                     world.api("session_auth", "GET", "/users/me", {**headers, **session}), 200,
                     user={"email": BOB[0]})
