"""strict - AUTH_PROFILE=strict: what it changes, and what it does not take"""
import re

from .suite import BOB, BOB_BASIC
from .world import FORM, UNSAFE

LOGIN = f"email={BOB[0]}&password={BOB[1]}"
HEADERS = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
           "Referrer-Policy": "no-referrer", "Vary": "Cookie, Origin, Sec-Fetch-Site",
           "Access-Control-Allow-Origin": None}
DEVICE = re.compile(r"\S*_my_session_id_d=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax;.* Max-Age=31536000")


def head_of(answer):
    own = ("date", "connection", "server", "keep-alive")
    return [(k.lower(), v) for k, v in answer.headers if k.lower() not in own]


def run(suite, world, is_quick=False):
    suite.group = "strict"
    login = "/auth_session/login"
    answer = world.api("strict", "POST", login, FORM, LOGIN)
    suite.expect("a session has an id of 256 bits", answer, 200, user={"email": BOB[0]}, headers={
        "Set-Cookie": [re.compile(r"\S*_my_session_id=[A-Za-z0-9_-]{43}; .*"), DEVICE], **HEADERS})
    cookie = {"Cookie": "{}={}".format(*answer.cookie())}
    suite.expect("which is good", world.api("strict", "GET", "/users/me", cookie), 200)
    suite.expect("and opens no list of users", world.api("strict", "GET", "/users", cookie), 403)
    suite.expect("and can be ended", world.api("strict", "DELETE", "/auth_session/logout", cookie), 200)
    unknown, wrong = (world.api("strict", "POST", login, FORM, f"email={email}&password=x")
                      for email in ("nobody@hbtn.io", BOB[0]))
    suite.expect("unknown", unknown, 401, error="wrong email or password", headers=HEADERS)
    suite.expect("wrong", wrong, 401, error="wrong email or password", headers=HEADERS)
    suite.equal("the same body", unknown.body, wrong.body)
    suite.equal("the same headers, in the same order", head_of(unknown), head_of(wrong))
    suite.expect("Basic", world.api("strict_basic", "GET", "/users/me", {"Authorization": BOB_BASIC}),
                 200, headers=HEADERS)
    for path, status in (("/status", 200), ("/users", 401), ("/forbidden", 403), ("/nothing", 401)):
        for origin in ({}, {"Origin": "https://evil.example"}):
            suite.expect(f"{path}: more headers, for no other origin {origin}",
                         world.api("strict", "GET", path, origin), status, headers=HEADERS)
    answer = world.api("strict", "POST", login, {
        **FORM, "Sec-Fetch-Site": "cross-site"}, LOGIN)
    suite.expect("a page of another site", answer, 403, error="cross-site request", headers=HEADERS)
    user = world.new_user(password="pw")
    answer = world.api("strict", "POST", login, FORM, f"email={user['email']}&password=pw")
    cookie = {"Cookie": "{}={}".format(*answer.cookie())}
    for password, status in (("x" * 14, 400), ("y" * 15, 200)):
        suite.expect(f"a new password of {len(password)} characters",
                     world.api("strict", "PUT", "/users/me/password", {**FORM, **cookie},
                               f"current_password=pw&new_password={password}"), status)
    suite.expect("over https the cookie is Secure",
                 world.api("strict_https", "POST", login, FORM, LOGIN), 200,
                 headers={"Set-Cookie": [re.compile(r"__Host-_my_session_id=.*; Secure.*"),
                                         re.compile(r"__Host-_my_session_id_d=.*; Secure.*")]})

    suite.group = "strict, what is not safe"
    for site in UNSAFE:
        for method, path in (("GET", "/status"), ("GET", "/users/me"), ("POST", login)):
            suite.expect(f"{site}: {method} {path}",
                         world.api(site, method, path, FORM, LOGIN if method == "POST" else None),
                         500, headers={"Set-Cookie": None})
