"""routes - every route, method, slash and kind of credential, under every AUTH_TYPE

The table of routes and the order filter, route, method are written down here a second time,
independently of the program.
"""
import re

from .world import AUTH_TYPES, FORM, SESSION_TYPES

UNKNOWN_ID = "5535d4d7-3d77-4d06-8281-495dc3acfe76"
PUBLIC = ("/status", "/unauthorized", "/forbidden", "/auth_session/login")
PLAIN = "GET HEAD OPTIONS"
ALLOW = {
    "/status": PLAIN, "/stats": PLAIN, "/unauthorized": PLAIN, "/forbidden": PLAIN,
    "/users": "GET HEAD OPTIONS POST",
    "/users/me": "DELETE GET HEAD OPTIONS PUT",
    "/users/<id>": "DELETE GET HEAD OPTIONS PUT",
    "/users/<unknown>": "DELETE GET HEAD OPTIONS PUT",
    "/users/me/password": "OPTIONS PUT",
    "/auth_session/login": "OPTIONS POST",
    "/auth_session/logout": "DELETE OPTIONS",
    "/auth_session/sessions": "DELETE GET HEAD OPTIONS",
    "/auth_session/sessions/<unknown>": "DELETE OPTIONS",
}
NO_ROUTES = ("/nothing", "/users/<id>/more", "/auth_session", "/auth_session/login/more",
             "/auth_session/sessions/<unknown>/more",
             "/STATUS", "/user", "/statuses", "")
HAVE_SESSIONS = ("/auth_session/logout", "/auth_session/sessions",
                 "/auth_session/sessions/<unknown>")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# Without a body, with a credential that is good: status and error text.
ANSWERS = {
    ("/status", "GET"): (200, None), ("/stats", "GET"): (200, None),
    ("/unauthorized", "GET"): (401, "Unauthorized"), ("/forbidden", "GET"): (403, "Forbidden"),
    ("/users", "GET"): (200, None), ("/users", "POST"): (400, "Wrong format"),
    ("/users/me", "GET"): (200, None),
    ("/users/me", "PUT"): (404, "Not found"), ("/users/me", "DELETE"): (404, "Not found"),
    ("/users/<id>", "GET"): (200, None), ("/users/<id>", "PUT"): (400, "Wrong format"),
    ("/users/<id>", "DELETE"): (200, None),
    ("/users/<unknown>", "GET"): (404, "Not found"),
    ("/users/<unknown>", "PUT"): (404, "Not found"),
    ("/users/<unknown>", "DELETE"): (404, "Not found"),
    ("/users/me/password", "PUT"): (400, "Wrong format"),
    ("/auth_session/login", "POST"): (400, "email missing"),
    ("/auth_session/logout", "DELETE"): (200, None),
    ("/auth_session/sessions", "GET"): (200, None),
    ("/auth_session/sessions", "DELETE"): (200, None),
    ("/auth_session/sessions/<unknown>", "DELETE"): (404, "Not found"),
}


def filtered(site, route, credential):
    """Status the filter ends the request with; None lets it pass."""
    if site == "nonsense":
        return 500
    if site == "none" or route in PUBLIC:
        return None
    if credential == "none":
        return 401
    if credential == "bad" or site in ("unset", "empty", "auth"):
        return 403
    return None


def expected(site, route, method, credential):
    """(status, error text or None, Allow or None)"""
    status = filtered(site, route, credential)
    if status is not None:
        return status, {401: "Unauthorized", 403: "Forbidden"}.get(status), None
    if route not in ALLOW:
        return 404, "Not found", None
    allow = ", ".join(ALLOW[route].split())
    if method == "OPTIONS":
        return 200, None, allow
    if method not in ALLOW[route].split():
        return 405, None, allow
    if route == "/users/me" and method in ("GET", "HEAD") and site == "none":
        return 404, "Not found", None
    if route == "/users/me/password" and site == "none":
        return 404, "Not found", None
    if route in HAVE_SESSIONS and site not in SESSION_TYPES:
        return 404, "Not found", None
    status, error = ANSWERS[route, "GET" if method == "HEAD" else method]
    return status, error, None


def bad(site):
    if site in SESSION_TYPES:
        return {"Cookie": f"_my_session_id={UNKNOWN_ID}"}
    return {"Authorization": "Basic Ym9iQGhidG4uaW86d3Jvbmc="}     # bob@hbtn.io:wrong


def challenge(site):
    """What a 401 of this site asks for."""
    if site == "basic_auth":
        return re.compile(r'Basic realm="[^"]*", charset="UTF-8"')
    return re.compile(r"(?!Basic).+")


def one(suite, world, site, route, method, slash, credential):
    headers = {"none": {}, "bad": bad(site),
               "good": world.good(site) if credential == "good" else {}}[credential]
    path = route
    if "<id>" in route:
        path = route.replace("<id>", world.new_user()["id"])
    path = path.replace("<unknown>", UNKNOWN_ID)
    status, error, allow = expected(site, route, method, credential)
    answer = world.api(site, method, path + slash, headers)
    wanted = {"WWW-Authenticate": challenge(site)} if status == 401 else {}
    if method == "OPTIONS" and status == 200:
        wanted["Content-Length"] = "0"
    if route != "/auth_session/logout":
        wanted["Set-Cookie"] = None
    suite.expect(f"AUTH_TYPE {site}: {method} {route}{slash}, credential: {credential}",
                 answer, status, error=error, allow=allow, headers=wanted, method=method)


def run(suite, world, is_quick=False):
    """is_quick: each route and method with one credential and one slash form, in turn (a CGI
    process for each request takes its time)."""
    suite.group = "routes"
    turn = 0
    for site in AUTH_TYPES:
        for route in (*ALLOW, *NO_ROUTES):
            for method in METHODS:
                ways = [(credential, slash) for credential in ("none", "bad", "good")
                        for slash in ("", "/")]
                turn += 1
                for credential, slash in [ways[turn % len(ways)]] if is_quick else ways:
                    one(suite, world, site, route, method, slash, credential)
            turn += 1    # not the same way for the same method of every route
        turn += 1    # nor for the same route and method of every site

    suite.group = "unknown methods"
    for site in ("none", "session_auth"):
        for method in ("BREW", "get", "Get", "GETT"):
            # nginx answers lower case by itself, lighttpd what it does not know.
            suite.expect(f"{method} under {site}", world.api(site, method, "/status"),
                         501 if method in ("BREW", "GETT") else (400, 405, 501), by_server=True)
        # nginx answers TRACE by itself.
        for method in ("PROPFIND", "LOCK", "REPORT", "TRACE"):
            answer = world.api(site, method, "/status")
            suite.expect(f"{method} of an RFC under {site}", answer, 405, by_server=True)
            if method != "TRACE":
                suite.equal(f"{method} under {site}: Allow", answer.header("Allow"),
                            ", ".join(ALLOW["/status"].split()))
    for method in ("PROPFIND", "LOCK", "REPORT"):
        suite.expect(f"{method} of no route", world.api("none", method, "/nothing"), 404)

    suite.group = "nothing outside the API"
    for path in ("/", "/index.html", "/api", "/api/", "/api/v2/status", "/status", "/API/v1/status"):
        suite.expect(f"{path} without a credential is 401",
                     world.to("session_auth", "GET", path), 401)
        suite.expect(f"{path} with a session is 404",
                     world.to("session_auth", "GET", path, world.good("session_auth")), 404)

    suite.group = "unknown AUTH_TYPE"
    for path in ("/status", "/users", "/auth_session/login", "/unauthorized"):
        suite.expect(f"the web server's own Basic opens nothing: {path}",
                     world.api("auth_basic_of_rfc3875", "GET", path, world.good("basic_auth")), 500)
    suite.expect("a correct login is refused", world.api(
        "nonsense", "POST", "/auth_session/login", FORM,
        "email=bob@hbtn.io&password=H0lbertonSchool98!"), 500, headers={"Set-Cookie": None})

    suite.group = "bodies of the simple routes"
    suite.expect("status", world.api("session_auth", "GET", "/status"), 200, body={"status": "OK"})
    suite.expect("unauthorized", world.api("none", "GET", "/unauthorized"), 401,
                 error="Unauthorized")
    suite.expect("forbidden", world.api("none", "GET", "/forbidden"), 403, error="Forbidden")
    stats = world.api("none", "GET", "/stats")
    users = world.api("none", "GET", "/users")
    suite.expect("stats counts what users lists", stats, 200,
                 body={"users": users.body.count(b'"id"')})
