"""credentials - cookies and Authorization values in odd forms"""
import base64

from .suite import BOB, BOB_BASIC
from .world import SESSION_TYPES

TOKEN = BOB_BASIC[6:]


def basic(text):
    data = text if isinstance(text, bytes) else text.encode()
    return "Basic " + base64.b64encode(data).decode()


SAFE = basic("safe@hbtn.io:~~~???")
assert "+" in SAFE and "/" in SAFE

# name, value of Authorization, status of GET /users/me under basic_auth
AUTHORIZATION = [
    ("right", BOB_BASIC, 200),
    ("a tab behind", BOB_BASIC + "\t", 200),
    ("blanks and tabs behind", BOB_BASIC + " \t \t ", 200),
    ("the scheme, a blank and a tab", "Basic \t", 403),
    ("scheme in lower case", "basic " + TOKEN, 200),
    ("scheme in upper case", "BASIC " + TOKEN, 200),
    ("a password with colons", basic("bob100@hbtn.io:H0lberton:School:98!"), 200),
    ("the same, from the contract",
     "Basic Ym9iMTAwQGhidG4uaW86SDBsYmVydG9uOlNjaG9vbDo5OCE=", 200),
    ("UTF-8", basic("ü@hbtn.io:pä☃"), 200),
    ("two blanks", "Basic  " + TOKEN, 403),
    ("a tab for the blank", "Basic\t" + TOKEN, 403),
    ("no blank", "Basic" + TOKEN, 403),
    ("Basic1234", "Basic1234", 403),
    ("the scheme alone", "Basic", 403),
    ("another scheme", "Bearer " + TOKEN, 403),
    ("no scheme", TOKEN, 403),
    ("Test", "Test", 403),
    ("not Base64", "Basic Holberton School", 403),
    ("Base64 of something without a colon", "Basic SG9sYmVydG9u", 403),
    ("wrong password", basic("bob@hbtn.io:wrong"), 403),
    ("unknown address", basic("nobody@hbtn.io:H0lbertonSchool98!"), 403),
    ("empty address", basic(":H0lbertonSchool98!"), 403),
    ("empty password", basic("bob@hbtn.io:"), 403),
    ("a colon", basic(":"), 403),
    ("nothing, encoded", "Basic =", 403),
    ("password in another case", basic("bob@hbtn.io:h0lbertonschool98!"), 403),
    ("a blank after the password", basic("bob@hbtn.io:H0lbertonSchool98! "), 403),
    ("a blank before the address", basic(" bob@hbtn.io:H0lbertonSchool98!"), 403),
    ("a NUL after the password", basic("bob@hbtn.io:H0lbertonSchool98!\0"), 403),
    ("a NUL after the address", basic("bob@hbtn.io\0:H0lbertonSchool98!"), 403),
    ("a line end after the password", basic("bob@hbtn.io:H0lbertonSchool98!\n"), 403),
    ("not UTF-8", basic(b"bob@hbtn.io:\xff\xfe"), 403),
    ("overlong UTF-8", basic(b"bob@hbtn.io:\xc0\x80"), 403),
    ("a letter too many", "Basic " + TOKEN + "A", 403),
    ("a letter missing", "Basic " + TOKEN[:-1], 403),
    ("padding that does not belong", "Basic " + TOKEN + "=", 403),
    ("padding missing", basic("bob100@hbtn.io:H0lberton:School:98!").rstrip("="), 403),
    ("bits that are not zero behind the end",
     "Basic Ym9iMTAwQGhidG4uaW86SDBsYmVydG9uOlNjaG9vbDo5OCF=", 403),
    ("a blank inside", "Basic " + TOKEN[:8] + " " + TOKEN[8:], 403),
    ("a parameter behind", "Basic " + TOKEN + ", realm=x", 403),
    ("a plus and a slash in the Base64", SAFE, 200),
    ("the URL-safe alphabet", SAFE.replace("+", "-").replace("/", "_"), 403),
    ("a very long value", "Basic " + "A" * 4000, 403),
]

# name, Cookie line ({} is the live id), status of GET /users/me
COOKIES = [
    ("alone", "_my_session_id={}", 200),
    ("after others", "a=b; c=d; _my_session_id={}", 200),
    ("before others", "_my_session_id={}; a=b", 200),
    ("no blank after the semicolon", "a=b;_my_session_id={};c=d", 200),
    ("blanks and tabs around", "a=b;  \t _my_session_id={} \t ; c", 200),
    ("blanks around the equals sign", "_my_session_id = {}", 200),
    ("in quotes", '_my_session_id="{}"', 200),
    ("a trailing semicolon", "_my_session_id={};", 200),
    ("leading semicolons", ";;; _my_session_id={}", 200),
    ("among much else", "; ".join(f"c{i}=v" for i in range(200)) + "; _my_session_id={}", 200),
    ("a longer name before", "_my_session_id_fake=x; _my_session_id={}", 200),
    ("the first of two wins: good, bad", "_my_session_id={}; _my_session_id=x", 200),
    ("the first of two wins: bad, good", "_my_session_id=x; _my_session_id={}", 403),
    ("the name without an equals sign before", "_my_session_id; _my_session_id={}", 200),
    ("the name in upper case", "_MY_SESSION_ID={}", 401),
    ("a longer name", "_my_session_id2={}", 401),
    ("a shorter name", "_my_session_i={}", 401),
    ("a prefix to the name", "x_my_session_id={}", 401),
    ("the name escaped", "%5Fmy_session_id={}", 401),
    ("a value without a name", "{}", 401),
    ("an equals sign without a name", "={}", 401),
    ("the name behind an equals sign", "=_my_session_id={}", 401),
    ("the name alone", "_my_session_id", 401),
    ("a name that begins with it, alone", "_my_session_id_fake", 401),
    ("an empty value", "_my_session_id=", 401),
    ("an empty value in quotes", '_my_session_id=""', 401),
    ("a comma does not separate", "a=b, _my_session_id={}", 401),
    ("a no-break space is no blank", "a=b;\xa0_my_session_id={}", 401),
    ("the old $Version does nothing", '$Version="1"; _my_session_id={}', 200),
    ("a quote is no shelter", 'a="b; _my_session_id={}; c="', 200),
    ("one quote", '_my_session_id="{}', 403),
    ("a blank inside", "_my_session_id={} x", 403),
    ("a second equals sign", "_my_session_id=={}", 403),
    ("a letter more", "_my_session_id={}0", 403),
    ("the value escaped", "_my_session_id=%7B{}%7D", 403),
    ("in braces", "_my_session_id={{{}}}", 403),
    ("a path behind", "_my_session_id={}/", 403),
    ("Holberton", "_my_session_id=Holberton", 403),
    ("four thousand letters", "_my_session_id=" + "a" * 4000, 403),
    ("no value that a digest could be", "_my_session_id=" + "0" * 64, 403),
]


def run(suite, world, is_quick=False):
    world.new_user(email="bob100@hbtn.io", password="H0lberton:School:98!")
    world.new_user(email="safe@hbtn.io", password="~~~???")

    suite.group = "Authorization under basic_auth"
    for name, value, status in AUTHORIZATION:
        suite.expect(name, world.api("basic_auth", "GET", "/users/me", {"Authorization": value}),
                     status)
    suite.expect("an empty value counts as absent",
                 world.api("basic_auth", "GET", "/users/me", {"Authorization": ""}), 401)
    for name, value in (("a tab", "\t"), ("blanks and tabs", " \t \t")):
        suite.expect(f"{name} alone is absent",
                     world.api("basic_auth", "GET", "/users/me", {"Authorization": value}), 401)
    # Both servers may refuse this themselves.
    for name, pair in (("right twice", (BOB_BASIC, BOB_BASIC)), ("wrong, right", ("x", BOB_BASIC)),
                       ("right, wrong", (BOB_BASIC, "x"))):
        suite.expect(f"two headers are no credential: {name}",
                     world.api("basic_auth", "GET", "/users/me",
                               [("Authorization", value) for value in pair]), (400, 403),
                     by_server=True)

    suite.group = "the wrong kind of credential"
    session = world.login("session_auth")
    suite.expect("a cookie under basic_auth",
                 world.api("basic_auth", "GET", "/users/me", {"Cookie": session}), 403)
    for site in SESSION_TYPES:
        suite.expect(f"Basic credentials under {site}",
                     world.api(site, "GET", "/users/me", {"Authorization": BOB_BASIC}), 403)
        suite.expect(f"a wrong header beside a good cookie: {site}", world.api(
            site, "GET", "/users/me", {"Cookie": world.login(site), "Authorization": "x"}), 200)
    suite.expect("a wrong cookie beside good Basic credentials", world.api(
        "basic_auth", "GET", "/users/me",
        {"Authorization": BOB_BASIC, "Cookie": "_my_session_id=x"}), 200)
    for site in ("unset", "empty", "auth"):
        for name, headers in (("good Basic credentials", {"Authorization": BOB_BASIC}),
                              ("a good session", {"Cookie": session}),
                              ("any text", {"Authorization": "x"})):
            suite.expect(f"{name} under AUTH_TYPE {site}",
                         world.api(site, "GET", "/users/me", headers), 403)

    for site in ("session_auth",) if is_quick else SESSION_TYPES:
        suite.group = f"Cookie under {site}"
        value = world.login(site).split("=")[1]
        for name, line, status in COOKIES:
            suite.expect(name, world.api(site, "GET", "/users/me",
                                         {"Cookie": line.format(value)}), status)
        lines = [("Cookie", "a=b"), ("Cookie", f"_my_session_id={value}"), ("Cookie", "c=d")]
        suite.expect("several Cookie lines count as one",
                     world.api(site, "GET", "/users/me", lines), 200)
        suite.expect("an empty Cookie line", world.api(site, "GET", "/users/me", {"Cookie": ""}),
                     401)
        suite.expect("upper case is another id", world.api(
            site, "GET", "/users/me", {"Cookie": f"_my_session_id={value.upper()}"}), 403)

        suite.group = f"the id in other places under {site}"
        for name, path, headers in (
                ("query string", f"/users/me?_my_session_id={value}", {}),
                ("header", "/users/me", {"X-My-Session-Id": value}),
                ("header with underscores", "/users/me", {"_my_session_id": value}),
                ("Cookie2", "/users/me", {"Cookie2": f"_my_session_id={value}"})):
            suite.expect(f"{name}: ignored", world.api(site, "GET", path, headers), 401)
        suite.expect("Authorization: no credential",
                     world.api(site, "GET", "/users/me", {"Authorization": value}), 403)

        suite.group = f"one character changed, {site}"
        for i, old in enumerate(value):
            for new in ("0", "f", "-", "g") if not is_quick else ("f",):
                if new == old:
                    continue
                changed = value[:i] + new + value[i + 1:]
                suite.expect(f"place {i + 1}: {old} is {new}", world.api(
                    site, "GET", "/users/me", {"Cookie": f"_my_session_id={changed}"}), 403)
        suite.expect("unchanged, after all that",
                     world.api(site, "GET", "/users/me", {"Cookie": f"_my_session_id={value}"}),
                     200, user={"email": BOB[0]})
