"""cross_site - changes and logins that pages of other sites make a browser ask for"""
from .suite import BOB, BOB_BASIC
from .world import FORM, JSON, SESSION_TYPES

EVIL = "https://evil.example"
LOGIN = f"email={BOB[0]}&password={BOB[1]}"

# name, headers, is it refused?  OWN stands for the address of the site that is asked.
REQUESTS = [
    ("a program", {}, False),
    ("a Referer alone", {"Referer": EVIL + "/"}, False),
    ("same-origin", {"Sec-Fetch-Site": "same-origin", "Origin": "OWN"}, False),
    ("same-origin, behind something that changes the host",
     {"Sec-Fetch-Site": "same-origin", "Origin": "https://www.example"}, False),
    ("same-origin of a page without referrer",
     {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, False),
    ("typed into the address bar", {"Sec-Fetch-Site": "none"}, False),
    ("cross-site", {"Sec-Fetch-Site": "cross-site"}, True),
    ("cross-site with its origin", {"Sec-Fetch-Site": "cross-site", "Origin": EVIL}, True),
    ("cross-site by a redirect", {"Sec-Fetch-Site": "cross-site", "Origin": "OWN"}, True),
    ("same-site", {"Sec-Fetch-Site": "same-site"}, True),
    ("same-site with its origin", {"Sec-Fetch-Site": "same-site", "Origin": EVIL}, True),
    ("the own origin", {"Origin": "OWN"}, False),
    ("another origin", {"Origin": EVIL}, True),
    ("the origin null", {"Origin": "null"}, True),
    ("another port", {"Origin": "http://127.0.0.1:1"}, True),
    ("the own name as a user", {"Origin": "http://OWNNAME@evil.example"}, True),
    ("the own name and more", {"Origin": "OWN.evil.example"}, True),
    ("unknown words count as absent", {"Sec-Fetch-Site": "sideways"}, False),
    ("then the origin counts", {"Sec-Fetch-Site": "sideways", "Origin": EVIL}, True),
]


def filled(headers, url):
    name = url.removeprefix("http://")
    return {key: value.replace("OWNNAME", name).replace("OWN", url)
            for key, value in headers.items()}


def run(suite, world, is_quick=False):
    suite.group = "cross-site"
    for site in SESSION_TYPES if not is_quick else SESSION_TYPES[:1]:
        url = world.site.url(site)
        user = world.new_user()
        for name, headers, is_refused in REQUESTS:
            headers = filled(headers, url)
            status, error = (403, "cross-site request") if is_refused else (200, None)
            answer = world.api(site, "POST", "/auth_session/login", {**FORM, **headers}, LOGIN)
            suite.expect(f"{site}, {name}: login", answer, status, error=error)
            suite.check(f"{site}, {name}: cookie", (answer.cookie() is None) == is_refused, answer)
            cookie = {"Cookie": world.login(site)}
            answer = world.api(site, "PUT", f"/users/{user['id']}", {**JSON, **headers, **cookie},
                               '{"first_name": "A"}')
            suite.expect(f"{site}, {name}: a change", answer, status, error=error)
            suite.expect(f"{site}, {name}: a question",
                         world.api(site, "GET", "/users/me", {**headers, **cookie}), 200)
            answer = world.api(site, "DELETE", "/auth_session/logout", {**headers, **cookie})
            suite.expect(f"{site}, {name}: logout", answer, status, error=error)
            suite.expect(f"{site}, {name}: the session", world.api(site, "GET", "/users/me", cookie),
                         200 if is_refused else 403)
    settings(suite, world)


def settings(suite, world):
    evil = {"Sec-Fetch-Site": "cross-site", "Origin": EVIL}
    for site in ("csrf_off", "csrf_log"):
        suite.expect(f"{site}: login", world.api(site, "POST", "/auth_session/login",
                                                 {**FORM, **evil}, LOGIN), 200)
        cookie = {"Cookie": world.login(site)}
        suite.expect(f"{site}: logout", world.api(site, "DELETE", "/auth_session/logout",
                                                  {**evil, **cookie}), 200)
    for path in ("/status", "/users/me", "/nothing"):
        suite.expect(f"a value that is none: {path}", world.api("csrf_nonsense", "GET", path), 500)
    for origin, status in (("https://a.example", 200), ("https://b.example:8443", 200),
                           ("https://b.example", 403), (EVIL, 403)):
        for site in ("same-site", "cross-site", "unknown"):
            headers = {"Sec-Fetch-Site": site, "Origin": origin}
            suite.expect(f"CORS_ORIGINS names others, {origin}, {site}",
                         world.api("cors_list", "POST", "/auth_session/login",
                                   {**FORM, **headers}, LOGIN), status)
    answer = world.api("basic_auth", "POST", "/users", {
        **JSON, **evil, "Authorization": BOB_BASIC, "Cookie": "_my_session_id=x"}, "{}")
    suite.expect("Basic credentials, beside which the cookie opens nothing", answer, 400)
    cookie = {"Cookie": world.login("session_auth")}
    answer = world.api("session_auth", "DELETE", "/auth_session/logout", {
        **evil, **cookie, "Authorization": BOB_BASIC})
    suite.expect("a session, beside which they open nothing", answer, 403,
                 error="cross-site request")
