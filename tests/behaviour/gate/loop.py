"""loop - from an address that is for nobody through the login page back to it, and out again

Behind every web server, http and https, as a browser does it; then what the pages refuse.
"""
import re
import urllib.parse

from . import forms
from .matrix import ADMIN, ANN, World, allowed, ask, kept_away, prepare, unauthorized
from .visitor import BROWSER, FORM, PROGRAM

# Values of rd that lead elsewhere, or nowhere; and what becomes of good ones.
BAD_RETURNS = [
    "//evil.test", "///evil.test", "/\\evil.test", "\\evil.test", "/\\/evil.test", "/\t/evil.test",
    "/\n/evil.test", "/\r/evil.test", "/\x0b/evil.test", "/ /evil.test", "/./\\evil.test",
    "/./../../\\evil.test", "/..//evil.test", "/%2e%2e//evil.test", "/%2f/evil.test", "/%5cevil.test",
    "/%252fevil.test", "https://evil.test", "http://evil.test/", "https:/evil.test", "https:evil.test",
    "http:www.evil.test", "https:///evil.test", "HTTPS://evil.test", "javascript:alert(1)",
    "data:text/html,x", "https://ADDRESS@evil.test", "https://evil.test\\@ADDRESS",
    "https://ADDRESS.evil.test", "evil.test", "a/b", "?x", "#x", "/_gate/logout", "/%5fgate/logout",
    "/x/../_gate/logout", "/a%0d%0aSet-Cookie:x=1", "/a%00b", "/a%", "/" + "a" * 2100,
]
GOOD_RETURNS = {"/a?q=1&b=%2F": None, "/a?q=100%": "/a?q=100%25", "/web/https://x/": None,
                "/app#/route": None, "/a?next=//evil.test": None, "/ok#//evil": None, "/_gate/": None,
                "/a<b>\"": "/a%3Cb%3E%22", "/\u00a0/evil": "/%C2%A0/evil"}
HEADERS = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": re.compile(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; img-src 'self' data:; "
        r"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
}


def run(suite, site):
    prepare(site)
    for server in site.servers:
        for scheme in ("http", "https"):
            suite.group = f"{server}, {scheme}: loop"
            world = World(suite, site, server, scheme)
            around(world)
        suite.group = f"{server}: pages"
        world = World(suite, site, server, "http")
        refuses(world)
        leads_back(world)
        denies(world)


def head_faults(answer, status, headers):
    if answer.status != status:
        yield f"want {status}, got {answer.status}"
    for name, want in headers.items():
        got = answer.header(name)
        if isinstance(want, re.Pattern):
            if not want.fullmatch(got or ""):
                yield f"{name}: {got}, want {want.pattern}"
        elif got != want:
            yield f"{name}: {got}, want {want}"


def cookie_faults(answer, world):
    want = {"path=/", "httponly", "samesite=lax"} | ({"secure"} if world.scheme == "https" else set())
    for line in answer.headers_named("Set-Cookie"):
        name, *attributes = line.split("=", 1)[0], *(x.strip().lower() for x in line.split(";")[1:])
        if set(attributes) - {x for x in attributes if x.startswith(("max-age", "expires"))} != want:
            yield f"{name} has {attributes}"
        if name.startswith("__Host-") != (world.scheme == "https"):
            yield f"the cookie is called {name}"


def around(world):
    """The whole way."""
    suite, visitor = world.suite, world.site.visitor(world.server, world.scheme)
    world.visitor = visitor
    path = "/a/b?q=1&b=%2F%26"
    login = "/_gate/login?rd=" + urllib.parse.quote(path, safe="/~")
    answer = forms.get(visitor, path)
    suite.report("to the page", head_faults(answer, 302, {"Location": login}), answer)
    answer = forms.get(visitor, login)
    suite.report("the page", [*head_faults(answer, 200, HEADERS), *cookie_faults(answer, world)], answer)
    suite.check("is small", len(answer.body) < 4096, len(answer.body))
    page = forms.Page(answer)
    form = page.form_with("password")
    suite.equal("it has the fields", set(form["fields"]), {"email", "password", "rd", "token"})
    answer = forms.send(visitor, login, form, {"email": ANN[0], "password": "wrong"})
    suite.report("a wrong password", head_faults(answer, 403, HEADERS), answer)
    page = forms.Page(answer)
    form = page.form_with("password")
    suite.equal("it says so", (len(page.alerts), page.title.startswith("Error: ")), (1, True))
    suite.equal("the address is kept, the password is not",
                (form["fields"]["email"], form["fields"]["password"]), (ANN[0], ""))
    answer = forms.send(visitor, login, form, {"email": ANN[0], "password": ANN[1]})
    suite.report("the right one leads back",
                 [*head_faults(answer, 303, {"Location": path, "Cache-Control": "no-store"}),
                  *cookie_faults(answer, world)], answer)
    session = next((k for k in visitor.cookies if re.fullmatch(r"(__Host-)?sid", k)), None)
    suite.check("with a session", session is not None, visitor.cookies)
    n = len(world.site.application.requests)
    answer = forms.get(visitor, path)
    suite.report("it is the address that was asked for", allowed(
        world, ask(path=path, who=ANN), answer, world.site.application.requests[n:]), answer)
    answer = forms.get(visitor, login)
    suite.report("the page knows who is there", head_faults(answer, 200, HEADERS), answer)
    suite.check("by name", ANN[0].encode() in answer.body)
    answer = forms.get(visitor, "/_gate/")
    suite.report("the account", head_faults(answer, 200, HEADERS), answer)
    suite.check("is theirs", ANN[0].encode() in answer.body and b"editors" in answer.body)
    suite.check("and shows where they are signed in", b"<small>127." in answer.body, answer.body)
    answer = forms.get(visitor, "/_gate/logout")
    suite.report("the way out is a button", head_faults(answer, 200, HEADERS), answer)
    kept = dict(visitor.cookies)
    answer = forms.send(visitor, "/_gate/logout", forms.Page(answer).form_to("logout"))
    suite.report("out", head_faults(answer, 303, {
        "Location": "/_gate/login?out=1",
        "Clear-Site-Data": '"cache"' if world.scheme == "https" else None}), answer)
    suite.check("the cookie is gone", session not in visitor.cookies, answer)
    visitor.cookies = kept
    n = len(world.site.application.requests)
    answer = visitor.ask("GET", path, PROGRAM)
    suite.report("and what it opened is closed", unauthorized(
        world, ask(path=path), answer, world.site.application.requests[n:]), answer)


def refuses(world):
    """Methods, paths, other sites, and forms that are not ours."""
    suite, visitor = world.suite, world.site.visitor(world.server)
    for path, status in (("/_gate/login/x", 404), ("/_gate/nothing", 404), ("/_gate/Login", 404)):
        suite.report(path, head_faults(forms.get(visitor, path), status, {}))
    answer = visitor.ask("PUT", "/_gate/login", BROWSER, "")
    suite.report("PUT", head_faults(answer, 405, {"Allow": re.compile(r"(GET|HEAD|POST|OPTIONS|, )+")}),
                 answer)
    answer = visitor.ask("HEAD", "/_gate/login", BROWSER)
    suite.report("HEAD", head_faults(answer, 200, {}) if not answer.body else ["it has a body"])
    login = "/_gate/login?rd=/a"
    form = forms.Page(forms.get(visitor, login)).form_with("password")
    right = {"email": ANN[0], "password": ANN[1]}
    for name, changes, headers in (
            ("no token", {"token": None}, {}),
            ("another token", {"token": form["fields"]["token"][:-2] + "xx"}, {}),
            ("another rd", {"rd": "/b"}, {}),
            ("another site", {}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}),
            ("a sibling", {}, {"Sec-Fetch-Site": "same-site", "Origin": "http://b.gate.test"}),
            ("Origin null", {}, {"Sec-Fetch-Site": "cross-site", "Origin": "null"})):
        answer = forms.send(visitor, login, form, {**right, **changes}, headers)
        suite.report(f"a login with {name}", head_faults(answer, 403, HEADERS), answer)
        suite.check(f"{name}: no session", not any("sid=" in c for c in answer.headers_named("Set-Cookie")),
                    answer)
    other = world.site.visitor(world.server)
    answer = forms.send(other, login, form, right)
    suite.report("the token of another browser", head_faults(answer, 403, HEADERS), answer)
    for name, changes in (("no address", {"email": None}), ("no password", {"password": None})):
        answer = forms.send(visitor, login, form, {**right, **changes})
        suite.report(name, head_faults(answer, 400, {}), answer)
    answer = visitor.ask("POST", login, {**FORM, "Origin": visitor.origin}, "x=" + "y" * 20000)
    suite.report("a body over 16 KiB", head_faults(answer, 413, {}), answer)
    # Programs without any of a browser's headers (w3m, lynx, curl).
    answer = visitor.ask("POST", login, {"Content-Type": FORM["Content-Type"]},
                         urllib.parse.urlencode({**form["fields"], **right}))
    suite.report("a browser that says nothing of itself", head_faults(answer, 303, {"Location": "/a"}), answer)
    for path in ("/_gate/logout", "/_gate/end"):
        answer = visitor.ask("POST", path, {**FORM, "Sec-Fetch-Site": "cross-site",
                                            "Origin": "https://evil.test"}, "others=1")
        suite.report(f"{path} from another site", head_faults(answer, 403, {}), answer)
    suite.equal("and the session goes on", visitor.ask("GET", "/a", PROGRAM).status, 200)


def leads_back(world):
    """rd: whatever a link says, the way back is to this site."""
    suite, visitor = world.suite, world.site.visitor(world.server)
    for rd, want in [*((rd, "/_gate/") for rd in BAD_RETURNS), *((k, v or k) for k, v in GOOD_RETURNS.items())]:
        rd = rd.replace("ADDRESS", visitor.authority)
        visitor.cookies = {k: v for k, v in visitor.cookies.items() if k.endswith("_form")}
        login = "/_gate/login?rd=" + urllib.parse.quote(rd, safe="")
        page = forms.get(visitor, login)
        if page.status == 400 and page.header("Content-Security-Policy") is None:
            continue    # the web server's own no
        answer = forms.send(visitor, login, forms.Page(page).form_with("password"),
                            {"email": ANN[0], "password": ANN[1]})
        suite.report(f"rd={rd[:60]!r}", head_faults(answer, 303, {"Location": want}), answer)


def denies(world):
    """Signed in, and not allowed: a page that says who, and lets one be somebody else."""
    suite, visitor = world.suite, world.site.visitor(world.server)
    _, answer = forms.sign_in(visitor, "/admin/x", *ANN)
    suite.report("back to what is for a group", head_faults(answer, 303, {"Location": "/admin/x"}), answer)
    n = len(world.site.application.requests)
    answer = forms.get(visitor, "/admin/x")
    suite.report("is forbidden", [*head_faults(answer, 403, {}),
                                  *kept_away(answer, world.site.application.requests[n:])], answer)
    suite.check("it says who one is", ANN[0].encode() in answer.body, answer)
    page = forms.Page(answer)
    old = dict(visitor.cookies)
    answer = forms.send(visitor, "/admin/x", page.forms[0])
    suite.report("the button leads to the login page", head_faults(answer, 200, HEADERS), answer)
    answer = forms.send(visitor, "/_gate/login", forms.Page(answer).form_with("password"),
                        {"email": ADMIN[0], "password": ADMIN[1]})
    suite.report("which leads back", head_faults(answer, 303, {"Location": "/admin/x"}), answer)
    suite.equal("somebody else", answer.status, 303)
    suite.equal("gets in", forms.get(visitor, "/admin/x").status, 200)
    visitor.cookies = old
    suite.equal("the first session has ended", visitor.ask("GET", "/a", PROGRAM).status, 401)
