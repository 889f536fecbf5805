"""permissions - USERS_API: who may do what with users, and what administrators may do beside"""
import base64
import json
import threading

from .suite import BOB
from .world import FORM, JSON, SESSION_TYPES

UNKNOWN = "5535d4d7-3d77-4d06-8281-495dc3acfe76"
APIS = ("open", "self", "admin", "off")
# For open, self, admin, off: what a user may, and what an administrator may.
TABLE = [
    ("GET", "/users", None, (200, 403, 403, 404), (200, 403, 200, 404)),
    ("HEAD", "/users", None, (200, 403, 403, 404), (200, 403, 200, 404)),
    ("POST", "/users", "{}", (400, 403, 403, 404), (400, 403, 400, 404)),
    ("OPTIONS", "/users", None, (200, 200, 200, 404), (200, 200, 200, 404)),
    ("PATCH", "/users", None, (405, 405, 405, 404), (405, 405, 405, 404)),
    ("GET", "/users/me", None, (200, 200, 200, 404), (200, 200, 200, 404)),
    ("GET", "/users/<own>", None, (200, 200, 200, 404), (200, 200, 200, 404)),
    ("GET", "/users/<other>", None, (200, 403, 403, 404), (200, 403, 200, 404)),
    ("GET", "/users/<unknown>", None, (404, 403, 403, 404), (404, 403, 404, 404)),
    ("PUT", "/users/me", "{}", (404, 200, 200, 404), (404, 200, 200, 404)),
    ("PUT", "/users/<own>", "{}", (200, 200, 200, 404), (200, 200, 200, 404)),
    ("PUT", "/users/<other>", "{}", (200, 403, 403, 404), (200, 403, 200, 404)),
    ("PUT", "/users/<other>", "[", (400, 403, 403, 404), (400, 403, 400, 404)),
    ("PUT", "/users/<unknown>", "{}", (404, 403, 403, 404), (404, 403, 404, 404)),
    ("DELETE", "/users/<unknown>", None, (404, 403, 403, 404), (404, 403, 404, 404)),
    ("DELETE", "/users/<new>", None, (200, 403, 403, 404), (200, 403, 200, 404)),
    ("PUT", "/users/me/password", "{", (400, 400, 400, 404), (400, 400, 400, 404)),
    ("GET", "/users/<other>/groups", None, (404, 404, 403, 404), (404, 404, 200, 404)),
    ("GET", "/users/me/groups", None, (404, 404, 403, 404), (404, 404, 200, 404)),
    ("PUT", "/users/<own>/groups", '{"groups":["admin"]}',
     (404, 404, 403, 404), (404, 404, 200, 404)),
    ("PUT", "/users/<other>/groups", "{}", (404, 404, 403, 404), (404, 404, 400, 404)),
    ("POST", "/users/<other>/groups", "{}", (404, 404, 405, 404), (404, 404, 405, 404)),
    ("GET", "/users/<other>/disabled", None, (404, 404, 403, 404), (404, 404, 200, 404)),
    ("PUT", "/users/<other>/disabled", "{}", (404, 404, 403, 404), (404, 404, 400, 404)),
    ("PUT", "/users/<new>/disabled", '{"disabled":true}',
     (404, 404, 403, 404), (404, 404, 200, 404)),
    ("GET", "/users/<unknown>/groups", None, (404, 404, 403, 404), (404, 404, 404, 404)),
    ("GET", "/users/<other>/groups/x", None, (404,) * 4, (404,) * 4),
    ("GET", "/stats", None, (200,) * 4, (200,) * 4),
    ("GET", "/status", None, (200,) * 4, (200,) * 4),
]


def basic(email, password="pw"):
    return {"Authorization": "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()}


def administrator(world):
    user = world.new_user()
    world.site.run("ctl", "user", "group", "add", user["email"], "admin")
    return user


def no_administrators(world):
    """Whoever was one for other cases."""
    for line in world.site.run("ctl", "user", "list").splitlines():
        if "groups: " in line:
            world.site.run("ctl", "user", "group", "remove", line.split()[3], "admin")


def rows(suite, world, is_quick):
    suite.group = "USERS_API"
    user, other, root = world.new_user(), world.new_user(), administrator(world)
    for i, (method, route, body, of_user, of_admin) in enumerate(TABLE):
        for j, api in enumerate(APIS):
            for who, wanted in ((user, of_user), (root, of_admin)):
                if is_quick and (i + j) % 2:
                    continue
                new = world.new_user()["id"] if "<new>" in route else ""
                path = (route.replace("<own>", who["id"]).replace("<other>", other["id"])
                        .replace("<unknown>", UNKNOWN).replace("<new>", new))
                answer = world.api(f"users_{api}", method, path,
                                   {**JSON, **basic(who["email"])}, body)
                error = {403: "Forbidden", 404: "Not found"}.get(wanted[j])
                suite.expect(f"{api}: {method} {route} by "
                             f"{'an administrator' if who is root else 'a user'}",
                             answer, wanted[j], error=error, method=method)
    for api in APIS[1:]:
        suite.expect(f"{api}: the filter comes first", world.api(f"users_{api}", "GET", "/users"),
                     401)
    # Where everybody gets in, nobody is anybody.
    suite.expect("self under none: the list", world.api("users_self_none", "GET", "/users"), 403)
    suite.expect("self under none: a user",
                 world.api("users_self_none", "GET", f"/users/{user['id']}"), 403)
    for method in ("GET", "PUT", "DELETE"):
        suite.expect(f"self under none: {method} me",
                     world.api("users_self_none", method, "/users/me", JSON,
                               "{}" if method == "PUT" else None), 404)

    suite.group = "USERS_API, wrong values"
    for site in ("users_nonsense", "users_empty", "admin_group_nonsense", "admin_group_empty"):
        for path in ("/status", "/users", "/nothing"):
            suite.expect(f"{site}: {path}", world.api(site, "GET", path, basic(*BOB)), 500)

    suite.group = "ADMIN_GROUP"
    suite.expect("an administrator of another group is none",
                 world.api("users_ops", "GET", "/users", basic(root["email"])), 403)
    world.site.run("ctl", "user", "group", "add", root["email"], "ops")
    suite.expect("in force with the next request",
                 world.api("users_ops", "GET", "/users", basic(root["email"])), 200)

    suite.group = "USERS_API, leaving"
    for api in ("self", "admin"):
        for path in ("/users/me", "/users/<own>"):
            who = world.new_user()
            suite.expect(f"{api}: DELETE {path}", world.api(
                f"users_{api}", "DELETE", path.replace("<own>", who["id"]), basic(who["email"])),
                200, body={})
            suite.expect("and is gone",
                         world.api("users_open", "GET", "/users/me", basic(who["email"])), 403)


def administering(suite, world):
    suite.group = "groups over the API"
    root, user = administrator(world), world.new_user()
    path, by_root = f"/users/{user['id']}", {**JSON, **basic(root["email"])}

    def api(method, what, body=None):
        return world.api("users_admin", method, path + what, by_root, body)

    suite.expect("none at first", api("GET", "/groups"), 200, body={"groups": []})
    suite.expect("set, in order", api("PUT", "/groups", '{"groups":["z","a","z"]}'), 200,
                 body={"groups": ["a", "z"]})
    suite.expect("read back", api("GET", "/groups"), 200, body={"groups": ["a", "z"]})
    suite.expect("no part of the user", api("GET", ""), 200)
    for name, body in (("a text", '{"groups":"a"}'), ("null", '{"groups":null}'), ("none", "{}"),
                       ("a number in it", '{"groups":[1]}'), ("no object", "[]"), ("no JSON", "x")):
        suite.expect(f"groups: {name}", api("PUT", "/groups", body), 400, error="Wrong format")
    for name in ("", "a b", "a,b", "ü", "x" * 65):
        answer = api("PUT", "/groups", json.dumps({"groups": [name]}))
        suite.expect(f"{name!r} is no group", answer, 400)
        suite.check("and it says what is", b"a group's name is 1 to 64" in answer.body, answer)
    suite.expect("64 groups", api("PUT", "/groups", json.dumps(
        {"groups": [f"g{i}" for i in range(64)]})), 200)
    suite.expect("65 groups", api("PUT", "/groups", json.dumps(
        {"groups": [f"g{i}" for i in range(65)]})), 400,
        error="Can't update User: more than 64 groups")
    suite.expect("an administrator is made", api("PUT", "/groups", '{"groups":["admin"]}'), 200)
    suite.expect("at once", world.api("users_admin", "GET", "/users", basic(user["email"])), 200)
    suite.expect("and is one no more", api("PUT", "/groups", '{"groups":[]}'), 200)
    suite.expect("at once", world.api("users_admin", "GET", "/users", basic(user["email"])), 403)

    for type_ in SESSION_TYPES:
        suite.group = f"disabled over the API, {type_}"
        user = world.new_user()
        path = f"/users/{user['id']}"
        session = {"Cookie": world.login(type_, user["email"], "pw")}
        suite.expect("is in", world.api(type_, "GET", "/users/me", session), 200)
        suite.expect("Basic is remembered",
                     world.api("basic_auth", "GET", "/users/me", basic(user["email"])), 200)
        wrong = world.api(type_, "POST", "/auth_session/login", FORM,
                          f"email={user['email']}&password=x")
        suite.expect("disable", api("PUT", "/disabled", '{"disabled":true}'), 200,
                     body={"disabled": True})
        # By whichever worker: a new connection each.
        statuses = set()
        for _ in range(12):
            client = world.site.new_client(type_)
            statuses.add(client.request("GET", "/api/v1/users/me", session).status)
            client.close()
        suite.equal("every worker refuses the session", statuses, {403})
        suite.expect("and Basic",
                     world.api("basic_auth", "GET", "/users/me", basic(user["email"])), 403)
        answer = world.api(type_, "POST", "/auth_session/login", FORM,
                           f"email={user['email']}&password=pw")
        suite.expect("the right password is a wrong one", answer, 401, error="wrong password")
        suite.check("byte for byte", answer.body == wrong.body)
        suite.expect("is told to administrators", api("GET", "/disabled"), 200,
                     body={"disabled": True})
        for body in ("{}", '{"disabled":1}', '{"disabled":"false"}', '{"disabled":null}'):
            suite.expect(f"{body} is refused", api("PUT", "/disabled", body), 400,
                         error="Wrong format")
        suite.expect("enable", api("PUT", "/disabled", '{"disabled":false}'), 200,
                     body={"disabled": False})
        suite.expect("the old session is over",
                     world.api(type_, "GET", "/users/me", session), 403)
        suite.check("a new one begins", world.login(type_, user["email"], "pw"))


def last_one(suite, world, is_quick):
    suite.group = "the last administrator"
    no_administrators(world)
    one, two = administrator(world), world.new_user()
    last = {"error": "the last enabled administrator"}

    def ask(who, method, whom, what="", body=None):
        return world.site.new_client("users_admin").request(
            method, f"/api/v1/users/{whom['id']}{what}", {**JSON, **basic(who["email"])}, body)

    ways = (("DELETE", "", None), ("PUT", "/groups", '{"groups":["staff"]}'),
            ("PUT", "/disabled", '{"disabled":true}'))
    for method, what, body in ways:
        suite.expect(f"{method} {what} of oneself", ask(one, method, one, what, body), 409,
                     body=last)
    suite.expect("a second one", ask(one, "PUT", two, "/groups", '{"groups":["admin"]}'), 200)
    suite.expect("who is disabled", ask(one, "PUT", two, "/disabled", '{"disabled":true}'), 200)
    for method, what, body in ways:
        suite.expect(f"does not count for {method} {what}", ask(one, method, one, what, body),
                     409, body=last)
    suite.expect("until enabled", ask(one, "PUT", two, "/disabled", '{"disabled":false}'), 200)
    for method, what, body in ways[1:] * (1 if is_quick else 3):
        answers = []

        def take(by, whom):
            answers.append(ask(by, method, whom, what, body).status)    # pylint: disable=cell-var-from-loop

        threads = [threading.Thread(target=take, args=pair) for pair in ((one, two), (two, one))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # The other one came too late: it is the last one's, or its sender is none any more.
        suite.check(f"of two at once with PUT {what} one is done",
                    sorted(answers) in ([200, 403], [200, 409]), answers)
        for user in (one, two):
            world.site.run("ctl", "user", "group", "add", user["email"], "admin")
            world.site.run("ctl", "user", "enable", user["email"])


def run(suite, world, is_quick=False):
    rows(suite, world, is_quick)
    administering(suite, world)
    last_one(suite, world, is_quick)
