"""users - creating, reading, changing and deleting users; JSON bodies in odd forms"""
import json

from .suite import BOB, formatted
from .world import FORM, JSON, SESSION_TYPES

CANNOT = "Can't create User: "


def valid(n):
    """A body that would do, with an address of its own."""
    return {"email": f"json{n}@example.org", "password": "pw"}


# name, Content-Type (None: no header), accepted?
TYPES = [
    ("application/json", True),
    ("APPLICATION/JSON", True),
    ("application/json; charset=utf-8", True),
    ("application/json;charset=utf-8", True),
    ("application/json ; x=\"y\"", True),
    ("application/vnd.api+json", True),
    ("application/merge-patch+json", True),
    ("Application/Problem+JSON; a=b", True),
    ("application/+json", False),
    ("application/json, application/json", False),
    ("text/html, application/json", False),
    ("text/json", False),
    ("text/plain", False),
    ("application/x-www-form-urlencoded", False),
    ("application/jsonx", False),
    ("application/json+xml", False),
    ("xapplication/json", False),
    ("json", False),
    ("text/vnd.api+json", False),
    (None, False),
]

GOOD = '"email":"{e}","password":"pw"'
# Bodies that are no JSON object: 400 "Wrong format" for POST and PUT alike.
WRONG_FORMAT = [
    ("nothing", b""), ("a blank", b" "), ("null", b"null"), ("true", b"true"), ("false", b"false"),
    ("a number", b"1"), ("a text", b'"email"'), ("an empty list", b"[]"),
    ("a list with an object", b'[{"email":"a","password":"b"}]'),
    ("an open brace", b"{"), ("a closing brace", b"}"), ("two objects", b"{}{}"),
    ("something behind the object", b"{} x"), ("a comma behind the last member", b'{"a":1,}'),
    ("a comma before the first", b'{,"a":1}'), ("single quotes", b"{'a':1}"),
    ("a name without quotes", b"{a:1}"), ("a comment", b'{"a":1/*c*/}'),
    ("a comment in a line", b'{"a":1}//c'), ("NaN", b'{"a":NaN}'), ("Infinity", b'{"a":-Infinity}'),
    ("a number with a zero in front", b'{"a":01}'), ("a plus", b'{"a":+1}'),
    ("a number that ends in a point", b'{"a":1.}'), ("hexadecimal", b'{"a":0x10}'),
    ("TRUE", b'{"a":TRUE}'), ("an unfinished text", b'{"a":"b'),
    ("a bad escape", b'{"a":"\\x41"}'), ("half a unicode escape", b'{"a":"\\u00"}'),
    ("a raw line end in a text", b'{"a":"b\nc"}'), ("a raw NUL", b'{"a":"b\0c"}'),
    ("a NUL behind the object", b"{}\0"), ("not UTF-8", b'{"a":"\xff"}'),
    ("overlong UTF-8", b'{"a":"\xc0\xaf"}'), ("a surrogate in UTF-8", b'{"a":"\xed\xa0\x80"}'),
    ("UTF-16", '{"a":1}'.encode("utf-16")), ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("a form", b"email=a&password=b"), ("XML", b"<user/>"),
    ("nine deep", b'{"a":' * 8 + b"{}" + b"}" * 8), ("a thousand deep", b"[" * 1000 + b"]" * 1000),
    ("60,000 open braces", b'{"a":' * 10000),
]

# name, body ({e} is a free address), error
CREATE_ERRORS = [
    ("an empty object", "{}", "email missing"),
    ("only a password", '{"password":"x"}', "email missing"),
    ("an empty email", '{"email":"","password":"x"}', "email missing"),
    ("email missing comes first", '{"email":""}', "email missing"),
    ("no password", '{"email":"{e}"}', "password missing"),
    ("an empty password", '{"email":"{e}","password":""}', "password missing"),
    ("Email is not email", '{"Email":"{e}","password":"x"}', "email missing"),
    ("the last of two emails wins: empty", '{"email":"{e}","email":"","password":"x"}',
     "email missing"),
    ("email is null", '{"email":null,"password":"x"}', CANNOT),
    ("email is a number", '{"email":1,"password":"x"}', CANNOT),
    ("email is zero", '{"email":0,"password":"x"}', CANNOT),
    ("email is true", '{"email":true,"password":"x"}', CANNOT),
    ("email is false", '{"email":false,"password":"x"}', CANNOT),
    ("email is a list", '{"email":["{e}"],"password":"x"}', CANNOT),
    ("email is an empty list", '{"email":[],"password":"x"}', CANNOT),
    ("email is an object", '{"email":{},"password":"x"}', CANNOT),
    ("password is null", '{"email":"{e}","password":null}', CANNOT),
    ("password is a number", '{"email":"{e}","password":1}', CANNOT),
    ("password is a list", '{"email":"{e}","password":["x"]}', CANNOT),
    ("password is an object", '{"email":"{e}","password":{"a":"b"}}', CANNOT),
    ("password is false", '{"email":"{e}","password":false}', CANNOT),
    ("first_name is a number", '{' + GOOD + ',"first_name":1}', CANNOT),
    ("first_name is a list", '{' + GOOD + ',"first_name":[]}', CANNOT),
    ("first_name is false", '{' + GOOD + ',"first_name":false}', CANNOT),
    ("last_name is an object", '{' + GOOD + ',"last_name":{}}', CANNOT),
    ("a password of 1025 bytes", '{"email":"{e}","password":"' + "x" * 1025 + '"}', CANNOT),
    ("an address with a blank", '{"email":"not an email","password":"x"}',
     CANNOT + "email holds a blank"),
    ("an address without an at sign", '{"email":"bob","password":"x"}',
     CANNOT + "email needs one @, with something before and after it"),
    ("an address with two", '{"email":"b@b@hbtn.io","password":"x"}',
     CANNOT + "email needs one @, with something before and after it"),
    ("an address that Basic cannot carry", '{"email":"bob:b@hbtn.io","password":"x"}',
     CANNOT + "email holds a colon"),
    ("an address that turns the direction of text", '{"email":"b\\u202eb@hbtn.io","password":"x"}',
     CANNOT + "email holds a control character"),
    ("an address somebody has", '{"email":"bob@hbtn.io","password":"x"}',
     CANNOT + "email already exists"),
]

# name, body, what the user has then
CREATED = [
    ("the least", '{' + GOOD + '}', {"first_name": None, "last_name": None}),
    ("both names", '{' + GOOD + ',"first_name":"Bob","last_name":"Dylan"}',
     {"first_name": "Bob", "last_name": "Dylan"}),
    ("null names", '{' + GOOD + ',"first_name":null,"last_name":null}',
     {"first_name": None, "last_name": None}),
    ("an empty name", '{' + GOOD + ',"first_name":""}', {"first_name": ""}),
    ("white space everywhere", ' \t\r\n{ ' + GOOD + ' , "first_name" : "x" } \n',
     {"first_name": "x"}),
    ("UTF-8", '{' + GOOD + ',"first_name":"Zoë","last_name":"☃"}',
     {"first_name": "Zoë", "last_name": "☃"}),
    ("UTF-8 of every length", '{' + GOOD + ',"first_name":"Zoë Ωmega 🦊","Zoë":"€"}',
     {"first_name": "Zoë Ωmega 🦊"}),
    ("an unknown member with a NUL in its name", '{' + GOOD + ',"first_name":"x","email\\u0000":1}',
     {"first_name": "x"}),
    ("an unknown member with a number of more than 64 bits",
     '{' + GOOD + ',"first_name":"x","n":-123456789012345678901234567890}', {"first_name": "x"}),
    ("beyond the first plane", '{' + GOOD + ',"first_name":"😀"}', {"first_name": "😀"}),
    ("escapes", '{' + GOOD + ',"first_name":"\\u005a\\u00eb\\ud83d\\ude00\\/\\"\\\\\\n"}',
     {"first_name": "Zë😀/\"\\\n"}),
    ("slashes and quotes", '{' + GOOD + ',"first_name":"a/b\\"c\\\\d"}',
     {"first_name": 'a/b"c\\d'}),
    ("control characters", '{' + GOOD + ',"first_name":"\\u0001\\u001f\\u007f\\b\\f\\t"}',
     {"first_name": "\x01\x1f\x7f\b\f\t"}),
    ("the last of two names wins", '{' + GOOD + ',"first_name":"a","first_name":"b"}',
     {"first_name": "b"}),
    ("the last of two emails wins", '{"email":"","email":"{e}","password":"pw"}', {}),
    ("unknown members are ignored", '{' + GOOD + ',"admin":true,"x":[1,{"y":null}]}', {}),
    ("eight deep", '{' + GOOD + ',"a":' + '{"a":' * 6 + "{}" + "}" * 6 + "}", {}),
    ("a long number", '{' + GOOD + ',"a":123456789012345678901234567890e400}', {}),
    ("a name that begins with a blank", '{' + GOOD + ',"first_name":" x "}',
     {"first_name": " x "}),
    ("markup", '{' + GOOD + ',"first_name":"<script>alert(1)</script>"}',
     {"first_name": "<script>alert(1)</script>"}),
    ("a percent sign", '{' + GOOD + ',"first_name":"%s%n"}', {"first_name": "%s%n"}),
    ("a password of 1024 bytes", '{"email":"{e}","password":"' + "x" * 1024 + '"}', {}),
]


def run(suite, world, is_quick=False):
    none = lambda *arguments: world.api("none", *arguments)   # noqa: E731

    suite.group = "POST /users, Content-Type"
    for i, (type_, is_json) in enumerate(TYPES):
        headers = {} if type_ is None else {"Content-Type": type_}
        answer = none("POST", "/users", headers, json.dumps(valid(f"type{i}")))
        suite.expect(str(type_), answer, 201 if is_json else 400,
                     error=None if is_json else "Wrong format")

    victim = world.new_user()
    for method, path in (("POST", "/users"), ("PUT", f"/users/{victim['id']}")):
        suite.group = f"{method} {path.split('/')[1]}, bodies that are no object"
        for name, body in WRONG_FORMAT:
            suite.expect(name, none(method, path, JSON, body), 400, error="Wrong format")

    suite.group = "POST /users, errors"
    before = json.loads(none("GET", "/stats").body)["users"]
    for i, (name, body, error) in enumerate(CREATE_ERRORS):
        answer = none("POST", "/users", JSON, body.replace("{e}", f"error{i}@example.org"))
        suite.expect(name, answer, 400, error=None if error == CANNOT else error)
        if error == CANNOT:
            suite.check(f"{name}: the error says so",
                        json.loads(answer.body).get("error", "").startswith(CANNOT), answer)
    suite.expect("none of them was stored", none("GET", "/stats"), 200, body={"users": before})

    suite.group = "POST /users, created"
    for i, (name, body, members) in enumerate(CREATED):
        email = f"created{i}@example.org"
        answer = none("POST", "/users", JSON, body.replace("{e}", email))
        if suite.expect(name, answer, 201, user={"email": email, **members}):
            id_ = json.loads(answer.body)["id"]
            got = none("GET", f"/users/{id_}")
            suite.expect(f"{name}: reads back the same", got, 200, body=json.loads(answer.body))
    ours = {"id": "5535d4d7-3d77-4d06-8281-495dc3acfe76", "created_at": "2000-01-01 00:00:00",
            "updated_at": "2000-01-01 00:00:00", "_password": "x", "__class__": "User"}
    answer = none("POST", "/users", JSON, json.dumps({**valid("ours"), **ours}))
    suite.expect("id, times and hash are the program's to give", answer, 201)
    made = json.loads(answer.body)
    suite.check("and not what the body said",
                made["id"] != ours["id"] and made["created_at"] > "2020", answer)

    read(suite, world)
    change(suite, world)
    delete(suite, world)


def read(suite, world):
    suite.group = "GET /users"
    session = {"Cookie": world.login("session_auth")}
    users = json.loads(world.api("none", "GET", "/users").body)
    suite.check("in the order of creation: bob is the first", users[0]["email"] == BOB[0])
    times = [user["created_at"] for user in users]
    suite.check("in the order of creation: no time before the one in front",
                times == sorted(times))
    answer = world.api("session_auth", "GET", "/users", session)
    suite.expect("the same list with a session", answer, 200, body=users)
    suite.check("byte for byte as formatted", answer.body == formatted(users))
    for user in users[:3]:
        suite.expect(f"one of them: {user['email']}",
                     world.api("session_auth", "GET", f"/users/{user['id']}", session), 200,
                     body=user)
    suite.expect("me is who signed in",
                 world.api("session_auth", "GET", "/users/me", session), 200, body=users[0])
    suite.group = "GET /users/<id>, ids that are none"
    for name, id_ in (("a number", "1"), ("upper case", users[0]["id"].upper()),
                      ("a character less", users[0]["id"][:-1]),
                      ("a character more", users[0]["id"] + "0"), ("ME", "ME"),
                      ("an address", "bob@hbtn.io"), ("braces", f"%7B{users[0]['id']}%7D"),
                      ("without hyphens", users[0]["id"].replace("-", "")),
                      ("a blank in front", "%20" + users[0]["id"]), ("a star", "*"),
                      ("two kilobytes", "a" * 2000)):
        suite.expect(name, world.api("session_auth", "GET", f"/users/{id_}", session), 404)
    suite.expect("an escaped letter is that letter", world.api(
        "session_auth", "GET", "/users/%6De", session), 200, body=users[0])


def change(suite, world):
    none = lambda *arguments: world.api("none", *arguments)   # noqa: E731
    suite.group = "PUT /users/<id>"
    unknown = "/users/5535d4d7-3d77-4d06-8281-495dc3acfe76"
    for name, body in (("with a good body", "{}"), ("with a bad body", "["), ("without one", "")):
        suite.expect(f"an unknown id is 404 {name}", none("PUT", unknown, JSON, body), 404)
        suite.expect(f"me is unknown here {name}", world.api(
            "session_auth", "PUT", "/users/me",
            {**JSON, "Cookie": world.login("session_auth")}, body), 404)
    user = world.new_user(first_name="A", last_name="B")
    path = f"/users/{user['id']}"
    for name, body in (("first_name is a number", '{"first_name":1}'),
                       ("last_name is a list", '{"last_name":[]}'),
                       ("last_name is false", '{"first_name":"x","last_name":false}')):
        suite.expect(name, none("PUT", path, JSON, body), 400, error="Wrong format")
    for member in ("first_name", "last_name"):
        suite.expect(f"a {member} of 1025 bytes", none(
            "PUT", path, JSON, json.dumps({member: "x" * 1025})), 400,
            error="Can't update User: a name is longer than 1024 bytes")
    suite.expect("nothing of them was stored", none("GET", path), 200, body=user)
    world.site.run("sleep", "2")    # times have seconds
    for name, body, members in (
            ("an empty object changes nothing", "{}", {"first_name": "A", "last_name": "B"}),
            ("null changes nothing", '{"first_name":null,"last_name":null}',
             {"first_name": "A", "last_name": "B"}),
            ("one name", '{"first_name":"C"}', {"first_name": "C", "last_name": "B"}),
            ("the other", '{"last_name":"D"}', {"first_name": "C", "last_name": "D"}),
            ("both", '{"first_name":"E","last_name":"F"}', {"first_name": "E", "last_name": "F"}),
            ("an empty name is a name", '{"first_name":""}', {"first_name": ""}),
            ("a name that must be escaped", '{"first_name":"ü😀\\u0000"}', None),
            ("other members are ignored",
             '{"email":"x","password":"y","id":"z","created_at":"2000-01-01 00:00:00"}',
             {"email": user["email"], "id": user["id"], "created_at": user["created_at"]})):
        answer = none("PUT", path, JSON, body)
        if members is None:
            suite.expect(name, answer, (200, 400))
        else:
            suite.expect(name, answer, 200, user=members)
            suite.expect(f"{name}: reads back the same", none("GET", path), 200,
                         body=json.loads(answer.body))
    moved = json.loads(none("GET", path).body)["updated_at"]
    suite.check("updated_at has moved", moved > user["updated_at"], moved)
    suite.expect("the password is the old one", world.api(
        "session_auth", "POST", "/auth_session/login", FORM,
        f"email={user['email']}&password=pw"), 200)


def delete(suite, world):
    for site in (*SESSION_TYPES, "basic_auth"):
        suite.group = f"DELETE /users/<id> under {site}"
        user = world.new_user()
        email, path = user["email"], f"/users/{user['id']}"
        if site == "basic_auth":
            import base64
            token = base64.b64encode(f"{email}:pw".encode()).decode()
            credentials = [{"Authorization": f"Basic {token}"}]
        else:
            credentials = [{"Cookie": world.login(site, email, "pw")} for _ in range(2)]
        for credential in credentials:
            suite.expect("gets in before", world.api(site, "GET", "/users/me", credential), 200)
        me = world.api(site, "DELETE", "/users/me", credentials[0])
        suite.expect("me is unknown here", me, 404)
        suite.expect("200 and {}", world.api(site, "DELETE", path, world.good(site)), 200, body={})
        for credential in credentials:
            suite.expect("nobody gets in with what the user had",
                         world.api(site, "GET", "/users/me", credential), 403)
        suite.expect("the user is gone", world.api(site, "GET", path, world.good(site)), 404)
        suite.expect("and cannot be deleted again",
                     world.api(site, "DELETE", path, world.good(site)), 404)
        suite.expect("a login finds nobody", world.api(
            "session_auth", "POST", "/auth_session/login", FORM, f"email={email}&password=pw"),
            404, error="no user found for this email")
        again = world.api("none", "POST", "/users", JSON,
                          json.dumps({"email": email, "password": "pw"}))
        suite.expect("the address is free again", again, 201)
        suite.check("for another user", json.loads(again.body)["id"] != user["id"])
        for credential in credentials:
            if site != "basic_auth":
                suite.expect("whom the old sessions do not know",
                             world.api(site, "GET", "/users/me", credential), 403)
