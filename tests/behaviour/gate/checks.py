"""checks - what the program says to a check, asked for by FastCGI itself, without a web server

What web servers cannot be made to send, what they do not pass on, and what needs many requests.
"""
import base64

from . import fastcgi

ANN, ADMIN = ("ann@checks.example", "pw of ann"), ("root@checks.example", "pw of root")
FAMILIES = {"N": ({"GATE": "nginx"}, 1), "A": ({}, 2), "C": ({"GATE": "caddy"}, 1)}
N_GUESSES = 1000


def run(suite, site):
    suite.group = "checks"
    checks = Checks(suite, site)
    site.user(*ANN)
    site.user(*ADMIN, "admin")
    for case in (whole_replies, one_door, groups_and_disabled, names, guesses):
        case(checks)


class Checks:
    """suite, site, and a check in one line."""

    def __init__(self, suite, site):
        self.suite, self.site = suite, site

    def ask(self, family, **params):
        """The answer.  The cookie is a session's id: cookie=..."""
        more, role = FAMILIES[family]
        cookie = params.pop("cookie", None)
        return fastcgi.ask(self.site.sock, {
            "AUTH_TYPE": "session_auth", "SESSION_NAME": "sid", "REQUEST_METHOD": "GET",
            "HTTP_X_FORWARDED_METHOD": params.get("REQUEST_METHOD", "GET"),
            "SCRIPT_NAME": "/_gate/check", "REQUEST_URI": "/private?a=b", "HTTP_HOST": "a.example",
            "REMOTE_ADDR": "192.0.2.7", **({"HTTP_COOKIE": f"sid={cookie}"} if cookie else {}),
            **more, **params}, role=role)

    def is_(self, name, answer, status, *headers):
        """headers: "Name: value", all there are but those of the body; none: whatever."""
        faults = [] if answer is not None and answer.status == status else [f"want {status}"]
        if not faults and headers:
            got = sorted(f"{k}: {v}" for k, v in answer.headers
                         if k not in ("Status", "Content-Type", "Content-Length",
                                      "X-Content-Type-Options", "Content-Security-Policy"))
            faults = [] if got == sorted(headers) else [f"headers {got}"]
        self.suite.report(name, faults, answer)

    def sign_in(self, who):
        answer = fastcgi.ask(self.site.sock, {
            "AUTH_TYPE": "session_auth", "SESSION_NAME": "sid", "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "/api/v1/auth_session/login", "REMOTE_ADDR": "192.0.2.7",
            "CONTENT_TYPE": "application/x-www-form-urlencoded"},
            f"email={who[0]}&password={who[1].replace(' ', '+')}".encode())
        return answer.cookie()[1]


def basic(email, password):
    text = base64.b64encode(f"{email}:{password}".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {text}", "AUTH_BASIC": "on"}


def whole_replies(checks):
    """All headers there are."""
    session = checks.sign_in(ANN)
    identity = [("User", ANN[0]), ("Groups", ""), ("Email", ANN[0]), ("Name", ANN[0])]
    remote = [f"Remote-{k}: {v}" for k, v in identity] + ["Cache-Control: no-store"]
    variables = [f"Variable-REMOTE_{k.upper()}: {v}" for k, v in identity]
    page = ["Location: /_gate/login?rd=/private%3Fa%3Db", "Cache-Control: no-store"]
    ask_again = ['WWW-Authenticate: Cookie realm="sessiongate"', "Cache-Control: no-store"]
    for family in FAMILIES:
        allow = variables if family == "A" else remote
        checks.is_(f"{family}: let in", checks.ask(family, cookie=session), 200, *allow)
        answer = checks.ask(family, cookie=session)
        checks.suite.check(f"{family}: nothing follows", not answer.body
                           and "Content-Length" not in dict(answer.headers), answer)
        checks.is_(f"{family}: a browser", checks.ask(family, HTTP_ACCEPT="text/html"),
                   401 if family == "N" else 302, *page)
        checks.is_(f"{family}: a program", checks.ask(family), 401, *ask_again)
        checks.is_(f"{family}: not in the group",
                   checks.ask(family, cookie=session, AUTH_REQUIRE="group:admin"), 403,
                   "Cache-Control: no-store")
        checks.is_(f"{family}: an empty requirement",
                   checks.ask(family, cookie=session, AUTH_REQUIRE=""), 500,
                   "Cache-Control: no-store")
        answer = checks.ask(family, REQUEST_METHOD="HEAD", cookie=session, AUTH_REQUIRE="x")
        checks.suite.check(f"{family}: nothing behind the head of a HEAD",
                           answer.status == 500 and not answer.body, answer)
        for method in ("POST", "TRACE", "PROPFIND", "BREW", "get"):
            checks.is_(f"{family}: {method}, nobody", checks.ask(family, REQUEST_METHOD=method), 401)
            checks.is_(f"{family}: {method}",
                       checks.ask(family, REQUEST_METHOD=method, cookie=session,
                                  CONTENT_LENGTH="1048576", CONTENT_TYPE="x/y"), 200)


def one_door(checks):
    """No name, no path and no header of a client makes another one."""
    session = checks.sign_in(ANN)
    for value in ("", "Nginx", "lighttpd", "on", "nginx "):
        for path in ("/_gate/check", "/_gate/login", "/api/v1/status"):
            checks.is_(f"GATE={value!r}, {path}",
                       checks.ask("N", GATE=value, SCRIPT_NAME=path, cookie=session), 403)
    for more in ({}, {"HTTP_GATE": "nginx"}, {"REQUEST_URI": "/_gate/login"}):
        checks.is_(f"no GATE, {more}", fastcgi.ask(checks.site.sock, {
            "AUTH_TYPE": "session_auth", "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/_gate/check",
            **more}), 500)
    for more in ({"SCRIPT_NAME": "/_gate/login"}, {"SCRIPT_NAME": "/api/v1/status"},
                 {"SESSIONGATE_STATUS": "on"}, {"HTTP_X_FORWARDED_URI": "/_gate/login"},
                 {"HTTP_X_HTTP_METHOD_OVERRIDE": "OPTIONS"}, {"HTTP_USER_AGENT": "kube-probe/1.30"}):
        for family in FAMILIES:
            checks.is_(f"{family}: {more}", checks.ask(family, **more), 401)


def groups_and_disabled(checks):
    """What the operator changes counts at the next check."""
    site, session = checks.site, checks.sign_in(ANN)
    only = {"AUTH_REQUIRE": "group:editors user:nobody@checks.example", "cookie": session}
    checks.is_("before", checks.ask("N", **only), 403)
    site.ctl("user", "group", "add", ANN[0], "editors")
    checks.is_("in the group", checks.ask("N", **only), 200)
    site.ctl("user", "group", "remove", ANN[0], "editors")
    checks.is_("out of it", checks.ask("N", **only), 403)
    site.ctl("user", "disable", ANN[0])
    checks.is_("disabled", checks.ask("N", cookie=session), 401)
    checks.is_("disabled, by Basic", checks.ask("N", **basic(*ANN)), 401)
    site.ctl("user", "enable", ANN[0])
    checks.is_("the session has ended", checks.ask("N", cookie=session), 401)
    checks.is_("and a new one begins", checks.ask("N", cookie=checks.sign_in(ANN)), 200)
    two = f"{checks.sign_in(ANN)}; sid=planted"
    checks.is_("two cookies", checks.ask("N", cookie=two), 401)


def names(checks):
    """Whatever a user is called: one line, and ours."""
    for email, want in (("a,b@checks.example", "a%2Cb@checks.example"),
                        ('"q;x"@checks.example', "%22q%3Bx%22@checks.example"),
                        ("100%@checks.example", "100%25@checks.example"),
                        ("j\u00f6rg@checks.example", "j%C3%B6rg@checks.example")):
        checks.site.user(email, "pw")
        for family, name in (("N", "Remote-User"), ("A", "Variable-REMOTE_USER")):
            answer = checks.ask(family, **basic(email, "pw"))
            checks.suite.check(f"{family}: {email}", answer.status == 200
                               and [v for k, v in answer.headers if k == name] == [want], answer)
    for group in ("admin,staff", "a b", "j\u00f6rg", ""):
        try:
            checks.site.ctl("user", "group", "add", ADMIN[0], group)
            is_refused = False
        except RuntimeError:
            is_refused = True
        checks.suite.check(f"the group {group!r} is refused", is_refused)


def guesses(checks):
    """Passwords are guessed nowhere faster than elsewhere."""
    passed = [checks.ask("A", **basic(ADMIN[0], f"guess {i}"), REMOTE_ADDR="198.51.100.9").status
              for i in range(N_GUESSES)]
    checks.suite.check("of a thousand some are looked at", 5 <= passed.count(401) <= 50,
                       passed.count(401))
    checks.suite.check("and all others wait", set(passed) == {401, 429}, set(passed))
    right = basic(*ADMIN)
    for family, status in (("A", 429), ("C", 429), ("N", 401)):
        answer = checks.ask(family, **right, REMOTE_ADDR="198.51.100.9")
        checks.is_(f"{family}: the right one waits", answer, status)
        checks.suite.check(f"{family}: nobody is asked to try again",
                           "WWW-Authenticate" not in dict(answer.headers), answer)
    checks.is_("from elsewhere it does not", checks.ask("N", **right, REMOTE_ADDR="192.0.2.8"), 200)
