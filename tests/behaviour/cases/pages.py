"""pages - the gate's pages, as browsers meet them: signing in and out, the account, return addresses"""
import html
import os
import re
import urllib.parse

from .suite import BOB
from .world import FORM

PREFIX = "/_gate/"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PAGE_HEADERS = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = re.compile(r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; img-src 'self' data:; "
                    r"form-action 'self'(?: https?://[a-z0-9.*:-]+)*; base-uri 'none'; "
                    r"frame-ancestors 'none'")
HERE = {"Sec-Fetch-Site": "same-origin"}
EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}


class Browser:
    """Keeps cookies and the token of the page it shows; each answer must be a page's."""

    def __init__(self, suite, world, site):
        self.suite, self.world, self.site = suite, world, site
        self.cookies, self.page = {}, ""

    def ask(self, name, status, method, path, body=None, headers=()):
        cookies = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        send = {**({"Cookie": cookies} if cookies else {}), **dict(headers),
                **(FORM if body is not None else {})}
        answer = self.world.to(self.site, method, PREFIX + path, send, body)
        self.suite.report(f"{self.site}, {name}", faults(answer, method, status), answer)
        for line in answer.headers_named("Set-Cookie"):
            key, _, value = line.split(";")[0].partition("=")
            self.cookies[key] = value
            if "Max-Age=0" in line:
                del self.cookies[key]
        self.page = answer.body.decode(errors="replace")
        return answer

    def get(self, name, status, path, **more):
        return self.ask(name, status, "GET", path, **more)

    def post(self, name, status, path, fields, **more):
        fields = {"token": self.hidden("token") or "", **fields}
        return self.ask(name, status, "POST", path, urllib.parse.urlencode(fields), **more)

    def hidden(self, name):
        found = re.search(f'type="hidden" name="{name}" value="([^"]*)"', self.page)
        return html.unescape(found[1]) if found else None

    def sign_in(self, password=BOB[1], rd=None):
        self.get("the form", 200, "login?switch=1" + (f"&rd={urllib.parse.quote(rd)}" if rd else ""))
        answer = self.post("signing in", 303, "login",
                           {"email": BOB[0], "password": password, "rd": self.hidden("rd")})
        self.suite.equal(f"{self.site}, where it leads", answer.header("Location"), rd or PREFIX)


def faults(answer, method, status):
    if answer.status != status:
        yield f"want {status}, got {answer.status}"
    for name, value in PAGE_HEADERS.items():
        if answer.header(name) != value:
            yield f"{name}: {answer.header(name)}, want {value}"
    if not POLICY.fullmatch(answer.header("Content-Security-Policy") or ""):
        yield f"another policy: {answer.header('Content-Security-Policy')}"
    if status >= 400 or status == 200:
        if answer.header("Content-Type") != "text/html; charset=utf-8":
            yield f"Content-Type {answer.header('Content-Type')}"
        if method == "HEAD" and answer.body:
            yield "a body"
        if method != "HEAD" and not answer.body.startswith(b"<!doctype html>"):
            yield "no page"
        if b"<script" in answer.body or b"{{" in answer.body:
            yield "what no page has"
        if len(answer.body) > 6000:
            yield f"{len(answer.body)} bytes"
    elif answer.body:
        yield "a redirection with a body"
    if (status == 405) != (answer.header("Allow") is not None):
        yield f"Allow: {answer.header('Allow')}"


def rows(suite, world):
    browser = Browser(suite, world, "gate")
    for path, get, post in (("login", 200, 403), ("logout", 200, 403), ("", 302, 405), ("end", 405, 303),
                            ("password", 302, 303), ("nothing", 404, 404), ("login/x", 404, 404)):
        browser.get(f"GET {path}", get, path)
        browser.ask(f"HEAD {path}", get, "HEAD", path)
        browser.page = ""
        browser.post(f"POST {path}", post, path, {})
        browser.ask(f"DELETE {path}", 404 if post == 404 else 405, "DELETE", path)
    browser.ask("too much", 413, "POST", "login", "x" * 16385)
    browser.ask("as much as may be", 403, "POST", "login", "x" * 16384)
    Browser(suite, world, "basic_auth").get("there are no pages", 404, "login")
    Browser(suite, world, "unset").get("nobody said how to sign in", 500, "login")
    Browser(suite, world, "nonsense").get("an unknown way to sign in", 500, "login")


def in_and_out(suite, world):
    for site, cookie, more in (("gate", "sid", "; Path=/; HttpOnly; SameSite=Lax"),
                               ("gate_https", "__Host-sid", "; Path=/; HttpOnly; SameSite=Lax; Secure")):
        browser = Browser(suite, world, site)
        answer = browser.get("the form", 200, "login?rd=/private/a%3Fq%3D1%26b%3D%252F")
        suite.check(f"{site}, cookie of the form", answer.headers_named("Set-Cookie") ==
                    [f"{cookie}_form={browser.cookies.get(cookie + '_form')}{more}"], answer)
        suite.equal(f"{site}, rd in the form", browser.hidden("rd"), "/private/a?q=1&b=%2F")
        wrong = []
        for name, email, password in (("wrong", BOB[0], "x"), ("unknown", "x@example.org", BOB[1])):
            browser.post(f"{name} password", 403, "login", {
                "email": email, "password": password, "rd": browser.hidden("rd")})
            wrong.append(re.sub(r'name="(token|email)"[^>]* value="[^"]*"', "", browser.page))
        suite.equal(f"{site}, unknown and wrong look alike", wrong[0], wrong[1])
        answer = browser.post("signing in", 303, "login", {
            "email": BOB[0].upper(), "password": BOB[1], "rd": browser.hidden("rd")})
        suite.equal(f"{site}, back to where one was", answer.header("Location"), "/private/a?q=1&b=%2F")
        suite.check(f"{site}, cookie", any(re.fullmatch(re.escape(cookie) + r"=[0-9a-f-]{36}" + more, line)
                                           for line in answer.headers_named("Set-Cookie")), answer)
        browser.get("the account", 200, "")
        suite.check(f"{site}, whose it is", BOB[0] in browser.page)
        browser.get("signed in already", 200, "login?rd=/x")
        suite.check(f"{site}, it says so", f"You are signed in as {BOB[0]}." in browser.page)
        browser.get("signing out", 200, "logout")
        session = browser.cookies[cookie]
        answer = browser.post("signed out", 303, "logout", {"rd": ""})
        suite.equal(f"{site}, to the sign-in", answer.header("Location"), PREFIX + "login?out=1")
        suite.equal(f"{site}, the browser's cache", answer.header("Clear-Site-Data"),
                    '"cache"' if site == "gate_https" else None)
        suite.check(f"{site}, no cookie is left", cookie not in browser.cookies)
        browser.cookies[cookie] = session
        browser.get("with the old cookie", 302, "")
        browser.get("the form in German", 200, "login", headers={"Accept-Language": "de-AT, en;q=0.5"})
        suite.check(f"{site}, German", "<h1>Anmelden</h1>" in browser.page)


def other_sites(suite, world):
    browser = Browser(suite, world, "gate")
    fields = {"email": BOB[0], "password": BOB[1], "rd": PREFIX}
    browser.get("the form", 200, "login")
    browser.post("a login that another site sends", 403, "login", fields, headers=EVIL)
    browser.post("and the origin null", 403, "login", fields, headers={"Origin": "null"})
    browser.post("another rd than the form had", 403, "login", {**fields, "rd": "/x"})
    browser.get("the form", 200, "login")
    token = browser.hidden("token")
    other = Browser(suite, world, "gate")
    other.get("another browser's form", 200, "login")
    other.post("with the token of the first", 403, "login", {**fields, "token": token})
    other.post("the page that says so is good", 303, "login", fields)
    planted = Browser(suite, world, "gate")
    planted.cookies["sid"] = other.cookies["sid"]
    planted.get("a planted session", 200, "login?switch=1")
    planted.post("signing in with it", 303, "login", fields)
    suite.check("gate, the id is new", planted.cookies["sid"] != other.cookies["sid"])
    other.get("and the planted one has ended", 302, "")
    planted.post("a logout that another site sends", 403, "logout", {}, headers=EVIL)
    planted.get("signed in still", 200, "")
    planted.ask("a logout by the application's button", 303, "POST", "logout", "", HERE)
    planted.get("signed out", 302, "")


def account(suite, world):
    one, two, three = (Browser(suite, world, "gate") for _ in range(3))
    for browser in (one, two, three):
        browser.sign_in()
    three.get("the account", 200, "")
    handles = re.findall(r'name="session" value="([0-9a-f]{20})"', three.page)
    suite.check("gate, two others or more", len(handles) >= 2, three.page)
    answer = three.post("ending one", 303, "end", {"session": handles[0]})
    suite.equal("gate, ended", answer.header("Location"), PREFIX + "?done=session")
    three.get("the account says so", 200, "?done=session")
    suite.check("gate, that session", "That session has ended." in three.page)
    three.post("ending none", 400, "end", {})
    three.post("ending all others", 303, "end", {"others": "1"})
    one.get("one has ended", 302, "")
    two.get("two has ended", 302, "")
    three.get("three goes on", 200, "password")
    three.post("another password, not alike", 400, "password",
               {"current": BOB[1], "new": "Another One 98!", "again": "x"})
    three.post("another password, the current one wrong", 403, "password",
               {"current": "x", "new": "Another One 98!", "again": "Another One 98!"})
    before = three.cookies["sid"]
    three.post("another password", 303, "password",
               {"current": BOB[1], "new": "Another One 98!", "again": "Another One 98!"})
    suite.check("gate, another id", three.cookies["sid"] != before)
    three.get("back to the password", 200, "password")
    three.post("as it was", 303, "password",
               {"current": "Another One 98!", "new": BOB[1], "again": BOB[1]})
    three.get("signed in still", 200, "")


def denied(suite, world):
    browser = Browser(suite, world, "gate")
    browser.get("nobody, denied", 403, "denied", headers={"Accept": "text/html"})
    browser.sign_in()
    browser.get("bob, denied", 403, "denied", headers={"Accept": "text/html"})
    suite.check("gate, it names bob", f"You are signed in as {BOB[0]}." in browser.page)
    answer = world.to("gate", "GET", PREFIX + "denied", {"Accept": "application/json"})
    suite.equal("gate, a program is denied", (answer.status, answer.body),
                (403, b'{\n  "error": "Forbidden"\n}\n'))


def addresses(path=os.path.join(ROOT, "tests/unit/gate/return_url.txt")):
    """(address in bytes, result) of those lines that say it for http."""
    with open(path, "rb") as file:
        for line in file.read().decode("utf-8", "surrogateescape").split("\n"):
            if not line or line.startswith("#"):
                continue
            site, url, result = line.split("\t")
            raw = re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(0xdc00 + int(m[1], 16))
                         if int(m[1], 16) > 0x7f else chr(int(m[1], 16)), url)
            if site != "https":
                yield raw.encode("utf-8", "surrogateescape"), url if result == "=" else result


def return_addresses(suite, world, is_quick):
    """Each as the query of a link and as a field of a form, encoded once; the bad ones twice, too."""
    browser = Browser(suite, world, "gate_hosts")
    for i, (url, result) in enumerate(addresses()):
        if (is_quick and i % 40 != 0) or len(url) > 2000:
            continue
        name = repr(url[:60])
        quoted = urllib.parse.quote(url, safe="")
        # lighttpd itself refuses control bytes in a link, and 0xff.
        if os.environ.get("BACKEND", "nginx") == "nginx" or min(url, default=33) > 32 and not {127, 255} & set(url):
            browser.get(f"a link with {name}", 200, "login?rd=" + quoted)
            suite.equal(f"gate_hosts, rd of {name}", browser.hidden("rd"),
                        PREFIX if result == "-" else result)
        answer = browser.ask(f"signing out to {name}", 303, "POST", "logout", "rd=" + quoted, HERE)
        suite.equal(f"gate_hosts, to {name}", answer.header("Location"),
                    PREFIX + "login?out=1" if result == "-" else result)
        if result == "-":
            twice = urllib.parse.quote(quoted, safe="")
            answer = browser.ask(f"signing out to {name}, encoded twice", 303, "POST", "logout",
                                 "rd=" + twice, HERE)
            suite.equal(f"gate_hosts, twice {name}", answer.header("Location"),
                        PREFIX + "login?out=1")


def run(suite, world, is_quick=False):
    suite.group = "pages"
    # Other cases have signed in hundreds of times.
    session = {"Cookie": world.login("session_auth")}
    suite.expect("all sessions ended", world.api("session_auth", "DELETE", "/auth_session/sessions?all=1",
                                                 session), 200)
    rows(suite, world)
    in_and_out(suite, world)
    other_sites(suite, world)
    account(suite, world)
    denied(suite, world)
    return_addresses(suite, world, is_quick)
