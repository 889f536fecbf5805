"""sessions - a user sees the own login sessions, and ends them"""
import json
import re

from .suite import TIME
from .world import FORM, SESSION_TYPES

MEMBERS = ["client", "created_at", "current", "expires_at", "id", "last_seen_at", "user_agent"]
HANDLE = r"[0-9a-f]{20}"
ROUTE = "/auth_session/sessions"


def session_fault(session):
    """What is wrong with the form of a session, or None."""
    if list(session) != MEMBERS:
        return f"members {list(session)}"
    if not re.fullmatch(HANDLE, session["id"]):
        return f"id {session['id']}"
    for name in ("created_at", "last_seen_at"):
        if not re.fullmatch(TIME, session[name]):
            return f"{name} {session[name]}"
    if session["expires_at"] is not None and not re.fullmatch(TIME, session["expires_at"]):
        return f"expires_at {session['expires_at']}"
    if session["last_seen_at"] < session["created_at"]:
        return "seen before it began"
    return None


class Person:
    """A user of one case, who signs in at one site."""

    def __init__(self, suite, world, site):
        self.suite, self.world, self.site = suite, world, site
        self.email = world.new_user()["email"]

    def login(self, site=None):
        return {"Cookie": self.world.login(site or self.site, self.email, "pw")}

    def ask(self, method, session, tail="", site=None):
        return self.world.api(site or self.site, method, ROUTE + tail, session)

    def list(self, session):
        answer = self.ask("GET", session)
        sessions = json.loads(answer.body)
        faults = [fault for one in sessions if (fault := session_fault(one))]
        if answer.status != 200 or answer.header("Cache-Control") != "no-store":
            faults.append("not 200, or caches may keep it")
        if sum(one["current"] for one in sessions) != 1:
            faults.append("not one of them is the current one")
        if sessions != sorted(sessions, key=lambda one: one["created_at"], reverse=True):
            faults.append("not the newest first")
        self.suite.report(f"{self.site}: the list is what it must be", faults, answer)
        return sessions

    def handle(self, session):
        return next(one["id"] for one in self.list(session) if one["current"])

    def is_in(self, name, session, want, site=None):
        self.suite.expect(f"{self.site}: {name}",
                          self.world.api(site or self.site, "GET", "/users/me", session),
                          200 if want else 403)


def see(suite, world, site):
    suite.group = "sessions: seen"
    ann, eve = Person(suite, world, site), Person(suite, world, site)
    here, there, eves = ann.login(), ann.login(), eve.login()
    sessions = ann.list(here)
    suite.equal(f"{site}: the own ones, and no other", len(sessions), 2)
    suite.equal(f"{site}: eve's", len(eve.list(eves)), 1)
    suite.check(f"{site}: each has another handle",
                len({ann.handle(here), ann.handle(there), eve.handle(eves)}) == 3)
    suite.equal(f"{site}: a handle stays", ann.handle(here), ann.handle(here))
    body = ann.ask("GET", here).body.decode()
    for session in (here, there):
        suite.check(f"{site}: no cookie is shown", session["Cookie"].split("=")[1] not in body)
    suite.equal(f"{site}: it ends by time, or never", sessions[0]["expires_at"] is None,
                site == "session_auth")
    suite.expect(f"{site}: a handle is no cookie", world.api(
        site, "GET", "/users/me", {"Cookie": f"_my_session_id={ann.handle(here)}"}), 403)
    suite.expect(f"{site}: HEAD", ann.ask("HEAD", here), 200, method="HEAD")


def end_one(suite, world, site):
    suite.group = "sessions: one ended"
    ann, eve = Person(suite, world, site), Person(suite, world, site)
    here, there, eves = ann.login(), ann.login(), eve.login()
    handle = ann.handle(there)
    suite.expect(f"{site}: somebody else's is unknown", eve.ask("DELETE", eves, f"/{handle}"), 404,
                 error="Not found")
    suite.expect(f"{site}: one by its handle", ann.ask("DELETE", here, f"/{handle}"), 200, body={},
                 headers={"Set-Cookie": None})
    ann.is_in("it is over", there, False)
    ann.is_in("this one is not", here, True)
    eve.is_in("nor somebody else's", eves, True)
    suite.expect(f"{site}: once", ann.ask("DELETE", here, f"/{handle}"), 404, error="Not found")
    suite.equal(f"{site}: it is in no list", len(ann.list(here)), 1)
    for tail in ("/x", "/" + handle.upper(), f"/{handle}0", "/%00", f"/{handle}%2f"):
        suite.expect(f"{site}: no handle: {tail}", ann.ask("DELETE", here, tail), (400, 404),
                     by_server=True)
    suite.expect(f"{site}: this one", ann.ask("DELETE", here, f"/{ann.handle(here)}/"), 200,
                 body={}, headers={"Set-Cookie": re.compile(r"_my_session_id=;.*Max-Age=0.*")})
    ann.is_in("it is over", here, False)


def end_many(suite, world, site):
    suite.group = "sessions: many ended"
    ann, eve = Person(suite, world, site), Person(suite, world, site)
    eves, here = eve.login(), ann.login()
    for query, n, is_in in (("", 2, True), ("?all=0", 2, True), ("?all=1", 3, False)):
        others = [ann.login(), ann.login()]
        suite.expect(f"{site}: {query or 'the others'}", ann.ask("DELETE", here, query), 200,
                     body={"ended": n}, headers={} if n == 3 else {"Set-Cookie": None})
        ann.is_in("this one", here, is_in)
        for other in others:
            ann.is_in("the others", other, False)
    eve.is_in("nobody else's", eves, True)
    for query in ("?all", "?all=", "?all=yes", "?all=11"):
        suite.expect(f"{site}: {query}", eve.ask("DELETE", eves, query), 400,
                     error="all must be 0 or 1")
    suite.expect(f"{site}: there is no other", eve.ask("DELETE", eves), 200, body={"ended": 0})
    eve.is_in("this one stays", eves, True)


def details(suite, world, site):
    suite.group = "sessions: client and browser"
    ann = Person(suite, world, site)
    last = ann.login()
    for name, agent, want in (
            ("as it is", "Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (X11; Linux x86_64)"),
            ("128 bytes of it", "x" * 300, "x" * 128),
            ("none", None, None),
            ("whole characters", ("x" * 127 + "\u00fc").encode(), "x" * 127),
            ("in UTF-8", "gr\u00fcn \u2603".encode(), "gr\u00fcn \u2603"),
            ("what is none", b"\xfc", "\ufffd")):
        headers = {**FORM, **({} if agent is None else {"User-Agent": agent})}
        answer = world.api(site, "POST", "/auth_session/login", headers,
                           f"email={ann.email}&password=pw")
        cookie, value, _ = answer.cookie()
        here = {"Cookie": f"{cookie}={value}"}
        got = next(one for one in ann.list(here) if one["current"])
        suite.equal(f"{site}: browser, {name}", got["user_agent"], want)
        suite.check(f"{site}: an address", got["client"] in ("127.0.0.1", "::1"), got["client"])
    others = [one for one in ann.list(last) if not one["current"]]
    suite.equal(f"{site}: each has its own",
                sorted(str(one["user_agent"])[:9] for one in others),
                sorted(["Mozilla/5", "x" * 9, "None", "x" * 9, "gr\u00fcn \u2603", "\ufffd"]))
    suite.equal(f"{site}: elsewhere they are not shown",
                {one["user_agent"] for one in json.loads(
                    world.api("session_auth", "GET", ROUTE, {"Cookie": world.login(
                        "session_auth", ann.email, "pw")}).body)}, {None})


def run(suite, world, is_quick=False):
    for site in ("details", "details_db"):
        details(suite, world, site)
    suite.expect("a word that is none opens nothing", world.api("details_nonsense", "GET", "/status"),
                 500)
    for site in SESSION_TYPES:
        see(suite, world, site)
        end_one(suite, world, site)
        end_many(suite, world, site)

    suite.group = "sessions: of every kind"
    ann = Person(suite, world, "session_auth")
    sessions = {site: ann.login(site) for site in SESSION_TYPES}
    suite.equal("all are in one list", len(ann.list(sessions["session_auth"])), len(SESSION_TYPES))
    suite.expect("and end together", ann.ask("DELETE", sessions["session_db_auth"],
                                             site="session_db_auth"), 200, body={"ended": 2})
    for site, session in sessions.items():
        ann.is_in(f"at {site}", session, site == "session_db_auth", site)
