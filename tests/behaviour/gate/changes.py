"""changes - what an operator changes is in force with the next request, behind every web server

Groups, disabled users, ended sessions, time; and settings of the gate in the program's
environment: Basic for programs, preflights, guessing.
"""
import base64
import json

from .matrix import (ADMIN, ANN, World, allowed, ask, forbidden, is_challenged, prepare, sign_in,
                     to_the_page, unauthorized)
from .visitor import BROWSER, PROGRAM

EVE = ("eve@example.org", "pw of eve")
PREFLIGHT = {"Origin": "https://a.test", "Access-Control-Request-Method": "PUT"}


def run(suite, site):
    prepare(site)
    worlds = [World(suite, site, server, "http") for server in site.servers]
    site.user(*EVE)
    suite.group = "users and sessions"
    users(site, worlds)
    suite.group = "settings"
    site.stop_program()
    site.start_program("AUTH_BASIC=on", "AUTH_PREFLIGHT=pass")
    settings(suite, site, worlds)
    site.stop_program()
    site.start_program()
    suite.group = "time"
    expiry(site, worlds)
    site.sessions.clear()   # they have ended


def basic(who, password=None):
    text = base64.b64encode(f"{who[0]}:{password or who[1]}".encode()).decode()
    return {**PROGRAM, "Authorization": f"Basic {text}"}


def users(site, worlds):
    site.sessions.update({(EVE, "http"): sign_in(site, EVE, "http")})
    for world in worlds:
        def row(name, asked, verdict, server=world.server, world=world):
            world.row(f"{server}: {name}", asked, verdict)

        cookie = world.session(EVE)
        row("in no group", ask(path="/admin", cookie=cookie), forbidden)
        site.ctl("user", "group", "add", EVE[0], "admin")
        answer, came = world.ask("GET", "/admin", PROGRAM, cookie=cookie)
        world.suite.check(f"{world.server}: put into it, in", answer.status == 200 and len(came) == 1, answer)
        site.ctl("user", "group", "remove", EVE[0], "admin")
        row("taken out, out", ask(path="/admin", cookie=cookie), forbidden)
    site.ctl("session", "end", "--user", EVE[0])
    for world in worlds:
        world.row(f"{world.server}: an ended session is none",
                  ask(headers=BROWSER, cookie="=".join(site.sessions[EVE, "http"])), to_the_page())
    site.sessions[EVE, "http"] = sign_in(site, EVE, "http")
    site.ctl("user", "disable", EVE[0])
    for world in worlds:
        world.row(f"{world.server}: who is disabled is nobody",
                  ask(cookie="=".join(site.sessions[EVE, "http"])), unauthorized)
    site.ctl("user", "enable", EVE[0])


def settings(suite, site, worlds):
    for world in worlds:
        name = world.server
        # Apache asks over TCP, where every local user may guess: no Basic there.
        asks_for = is_challenged("Cookie" if name == "apache" else "Basic")
        answer, came = world.ask("OPTIONS", "/a", PREFLIGHT)
        if name == "apache":    # which has no requests without a user
            suite.check(f"{name}: a preflight is not let pass", answer.status >= 400 and not came, answer)
        else:
            world.row(f"{name}: a preflight", ask("OPTIONS", headers=PREFLIGHT), allowed)
        world.row(f"{name}: OPTIONS without Origin", ask("OPTIONS"), asks_for)
        world.row(f"{name}: GET with its headers", ask(headers={**PROGRAM, **PREFLIGHT}),
                  asks_for)
        world.row(f"{name}: a program is asked for Basic", ask(), asks_for)
        world.row(f"{name}: a script is not", ask(headers={"Sec-Fetch-Mode": "cors"}), unauthorized)
        world.row(f"{name}: a browser is sent to the page", ask(headers=BROWSER), to_the_page())
        if name == "apache":
            world.row(f"{name}: Basic opens nothing", ask(headers=basic(ANN)), asks_for)
            continue
        answer, came = world.ask("GET", "/a", basic(ANN))
        suite.report(f"{name}: Basic", allowed(world, ask(who=ANN), answer, came), answer)
        answer, came = world.ask("GET", "/admin", basic(ANN))
        suite.report(f"{name}: Basic, not in the group", forbidden(world, ask(), answer, came), answer)
        world.row(f"{name}: a wrong password", ask(headers=basic(ANN, "x")), is_challenged("Basic"))
        answer, came = world.ask("GET", "/a", basic(ANN, "x"), ADMIN)
        suite.report(f"{name}: with a session, Authorization is the application's",
                     [*allowed(world, ask(who=ADMIN), answer, came),
                      *([] if came and "Basic" in str(came[0]["headers"]) else ["it did not arrive"])], answer)
    for world in worlds:
        if world.server != "apache":
            guessing(suite, world)


def guessing(suite, world):
    """More than a few tries wait, and the right password too."""
    name = world.server
    who = (f"guessed-{name}@example.org", "pw")
    world.site.user(*who)
    for _ in range(5):
        world.ask("GET", "/a", basic(who, "wrong"))
    answer, came = world.ask("GET", "/a", basic(who))
    faults = [f"it came to the application: {came}"] if came else []
    if name == "nginx":
        if answer.status != 401 or answer.header("WWW-Authenticate") is not None:
            faults.append("want 401 without a challenge")
    elif answer.status != 429 or int(answer.header("Retry-After") or 0) < 1:
        faults.append("want 429 and Retry-After")
    elif "error" not in json.loads(answer.body):
        faults.append(f"another body: {answer.body!r}")
    suite.report(f"{name}: after five wrong ones", faults, answer)


def expiry(site, worlds):
    site.sleep(43000)
    for world in worlds:
        world.row(f"{world.server}: almost 12 hours later", ask(who=ANN), allowed)
    site.sleep(400)
    for world in worlds:
        world.row(f"{world.server}: after SESSION_DURATION", ask(who=ANN, headers=BROWSER), to_the_page())
