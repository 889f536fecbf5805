"""password - the user's own password is changed by who knows it; how long one must be"""
import base64
import json
import os
import re
from urllib.parse import quote

from .suite import UUID4
from .world import FORM, JSON, SESSION_TYPES

PATH = "/users/me/password"
FOX = "\U0001f98a"    # four bytes, one character

# name, headers of the body, body, error
REFUSED = [
    ("nothing at all", {}, "", "Wrong format"),
    ("an empty form", FORM, "", "current_password missing"),
    ("no current password", FORM, "new_password=x", "current_password missing"),
    ("an empty one", FORM, "current_password=&new_password=x", "current_password missing"),
    ("no new password", FORM, "current_password=pw", "new_password missing"),
    ("names are case-sensitive", FORM, "Current_Password=pw&new_password=x",
     "current_password missing"),
    ("a NUL", FORM, "current_password=pw&new_password=a%00", "new_password holds a NUL character"),
    ("Latin-1", FORM, "current_password=pw&new_password=%e4", "new_password is not UTF-8"),
    ("1025 bytes", FORM, "current_password=pw&new_password=" + "x" * 1025,
     "new_password is longer than 1024 bytes"),
    ("a JSON list", JSON, '["pw", "x"]', "Wrong format"),
    ("half a JSON object", JSON, '{"current_password": "pw", ', "Wrong format"),
    ("a form that says it is JSON", JSON, "current_password=pw&new_password=x", "Wrong format"),
    ("an empty object", JSON, "{}", "current_password missing"),
    ("null", JSON, '{"current_password": "pw", "new_password": null}',
     "new_password is not a string"),
    ("a number", JSON, '{"current_password": 1, "new_password": "x"}',
     "current_password is not a string"),
    ("a NUL in JSON", JSON, '{"current_password": "pw", "new_password": "a\\u0000b"}',
     "new_password holds a NUL character"),
    ("in the query string", {}, "", "Wrong format"),
]


def form(current, new):
    return f"current_password={quote(current)}&new_password={quote(new)}"


def basic(email, password):
    text = base64.b64encode(f"{email}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


def change(world, site, credential, current, new):
    return world.api(site, "PUT", PATH, {**FORM, **credential}, form(current, new))


def refusals(suite, world):
    suite.group = f"PUT {PATH}, refused"
    user = world.new_user()
    session = {"Cookie": world.login("session_auth", user["email"], "pw")}
    for name, headers, body, error in REFUSED:
        path = PATH + ("?current_password=pw&new_password=x" if "query" in name else "")
        suite.expect(name, world.api("session_auth", "PUT", path, {**headers, **session}, body),
                     400, error=error, headers={"Set-Cookie": None})
    suite.expect("a wrong current password",
                 change(world, "session_auth", session, "pX", "x"), 403, error="wrong password",
                 headers={"Set-Cookie": None})
    suite.expect("the stored one with a blank more",
                 change(world, "session_auth", session, "pw ", "x"), 403, error="wrong password")
    suite.expect("none was a change", world.api("session_auth", "GET", "/users/me", session), 200)
    world.login("session_auth", user["email"], "pw")


def changes(suite, world):
    for site in (*SESSION_TYPES, "basic_auth"):
        suite.group = f"PUT {PATH} under {site}"
        user = world.new_user()
        email = user["email"]
        others = {type_: {"Cookie": world.login(type_, email, "pw")} for type_ in SESSION_TYPES}
        old = basic(email, "pw") if site == "basic_auth" else \
            {"Cookie": world.login(site, email, "pw")}
        answer = change(world, site, old, "pw", "another one")
        suite.expect("the answer is the user", answer, 200, user={"email": email, "id": user["id"]})
        if site == "basic_auth":
            suite.expect("no cookie", answer, 200, headers={"Set-Cookie": None})
            new = basic(email, "another one")
        else:
            name, value, rest = answer.cookie()
            suite.check("a new cookie of the usual kind", name == "_my_session_id" and
                        "HttpOnly" in str(rest) and f"{name}={value}" != old["Cookie"], answer)
            new = {"Cookie": f"{name}={value}"}
        suite.expect("the old credential is dead", world.api(site, "GET", "/users/me", old), 403)
        suite.expect("the new one is good", world.api(site, "GET", "/users/me", new), 200,
                     user={"email": email})
        for type_, session in others.items():
            suite.expect(f"a session of {type_} has ended",
                         world.api(type_, "GET", "/users/me", session), 403)
        suite.expect("the old password is wrong", world.api(
            "session_auth", "POST", "/auth_session/login", FORM, f"email={email}&password=pw"), 401)
        world.login("session_auth", email, "another one")
        suite.expect("JSON does as well", world.api(
            site, "PUT", PATH, {**JSON, **new},
            json.dumps({"current_password": "another one", "new_password": "ü"})), 200)
        world.login("session_auth", email, "u%CC%88")    # another spelling of it


def lengths(suite, world):
    suite.group = "PASSWORD_MIN=15"
    site, session = "min_15", {"Cookie": world.login("min_15")}
    for i, (name, password, is_good) in enumerate((
            ("14 characters", "x" * 14, False), ("15", "x" * 15, True),
            ("14 of four bytes", FOX * 14, False), ("15 of four bytes", FOX * 15, True),
            ("14, with their accents apart", "u\u0308" * 14, False),
            ("15, with their accents apart", "u\u0308" * 15, True),
            ("blanks count", "a" + " " * 14, True), ("no rule about kinds", "a" * 15, True),
            ("64 of four bytes", FOX * 64, True))):
        body = {"email": f"length{i}@example.org", "password": password}
        answer = world.api(site, "POST", "/users", {**JSON, **session}, json.dumps(body))
        if is_good:
            suite.expect(f"a new user with {name}", answer, 201)
            mine = {"Cookie": world.login(site, body["email"], quote(password))}
            suite.expect(f"{name}: not without the last", world.api(
                site, "POST", "/auth_session/login", FORM,
                f"email={body['email']}&password={quote(password[:-1])}"), 401)
            suite.expect(f"{name}: and back, 14 are too few", change(
                world, site, mine, password, "y" * 14), 400,
                error="new_password is shorter than 15 characters")
            suite.expect(f"{name}: 15 are enough", change(
                world, site, mine, password, "y" * 15), 200)
        else:
            suite.expect(f"no new user with {name}", answer, 400,
                         error="Can't create User: password is shorter than 15 characters")
    user = world.new_user()
    suite.expect("who has a shorter one from before gets in", world.api(
        site, "POST", "/auth_session/login", FORM, f"email={user['email']}&password=pw"), 200,
        headers={"Set-Cookie": re.compile(rf"_my_session_id={UUID4}; .*")})
    suite.expect("PUT of the user ignores a password, as ever", world.api(
        site, "PUT", f"/users/{user['id']}", {**JSON, **session}, '{"password": "x"}'), 200)
    suite.group = "a PASSWORD_MIN that is none"
    for path in ("/status", "/users", "/auth_session/login"):
        suite.expect(f"{path} opens nothing", world.api("min_bad", "GET", path, session), 500)
    # With plain CGI the log is the web server's.
    if os.environ.get("BACKEND") != "cgi":
        suite.check("the log names it",
                    "PASSWORD_MIN is no number from 0 to 64" in world.site.log())


def run(suite, world, is_quick=False):
    del is_quick
    refusals(suite, world)
    changes(suite, world)
    lengths(suite, world)
