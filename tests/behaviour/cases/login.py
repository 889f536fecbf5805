"""login - the form, its encodings, the order of its errors, the cookie; and logout"""
import json
import re

from .suite import BOB, BOB_BASIC, UUID4
from .world import FORM, SESSION_TYPES

COOKIE = re.compile(rf"_my_session_id={UUID4}; Path=/; HttpOnly; SameSite=Lax")

# name, body, error (None: gets in).  Users: see run().
URLENCODED = [
    ("nothing at all", "", "email missing"),
    ("empty email", "email=&password=x", "email missing"),
    ("email without an equals sign", "email&password=x", "email missing"),
    ("email missing comes before password missing", "password=", "email missing"),
    ("no password", "email=bob@hbtn.io", "password missing"),
    ("empty password", "email=bob@hbtn.io&password=", "password missing"),
    ("password without an equals sign", "email=bob@hbtn.io&password", "password missing"),
    ("password missing comes before no user", "email=nobody@hbtn.io", "password missing"),
    ("unknown address", "email=nobody@hbtn.io&password=x", "no user found for this email"),
    ("wrong password", "email=bob@hbtn.io&password=x", "wrong password"),
    ("right", "email=bob@hbtn.io&password=H0lbertonSchool98!", None),
    ("right, the other order", "password=H0lbertonSchool98!&email=bob@hbtn.io", None),
    ("everything escaped", "%65mail=%62ob%40hbtn%2Eio&%70assword=H0lbertonSchool98%21", None),
    ("lower-case escapes", "email=bob%40hbtn%2eio&password=H0lbertonSchool98!", None),
    ("a plus is a blank", "email=bobsession@hbtn.io&password=fake+pwd", None),
    ("an escaped blank", "email=bobsession@hbtn.io&password=fake%20pwd", None),
    ("a raw blank stays", "email=bobsession@hbtn.io&password=fake pwd", None),
    ("an escaped plus is a plus", "email=bobsession@hbtn.io&password=fake%2Bpwd",
     "wrong password"),
    ("an escaped plus in the address", "email=a%2Bb@hbtn.io&password=pw", None),
    ("a raw plus in the address is a blank", "email=a+b@hbtn.io&password=pw",
     "no user found for this email"),
    ("a lone percent sign stays", "email=percent@hbtn.io&password=100%", None),
    ("half an escape stays", "email=percent4@hbtn.io&password=100%4", None),
    ("an escape that is none stays", "email=percentz@hbtn.io&password=100%zz", None),
    ("an escape is decoded once", "email=bob%2540hbtn.io&password=x",
     "no user found for this email"),
    ("the first of two emails wins", "email=bob@hbtn.io&email=x&password=H0lbertonSchool98!", None),
    ("the first email wins even when wrong",
     "email=x&email=bob@hbtn.io&password=H0lbertonSchool98!", "no user found for this email"),
    ("the first email wins even when empty",
     "email=&email=bob@hbtn.io&password=H0lbertonSchool98!", "email missing"),
    ("the first of two passwords wins", "email=bob@hbtn.io&password=H0lbertonSchool98!&password=x",
     None),
    ("the first password wins even when wrong",
     "email=bob@hbtn.io&password=x&password=H0lbertonSchool98!", "wrong password"),
    ("names are case-sensitive", "Email=bob@hbtn.io&password=H0lbertonSchool98!", "email missing"),
    ("PASSWORD is not password", "email=bob@hbtn.io&PASSWORD=H0lbertonSchool98!",
     "password missing"),
    ("addresses are case-sensitive", "email=Bob@hbtn.io&password=H0lbertonSchool98!",
     "no user found for this email"),
    ("passwords are case-sensitive", "email=bob@hbtn.io&password=h0lbertonschool98!",
     "wrong password"),
    ("empty pairs are skipped", "&&email=bob@hbtn.io&&&password=H0lbertonSchool98!&&", None),
    ("a semicolon separates nothing", "email=bob@hbtn.io;password=x", "password missing"),
    ("an address is not trimmed", "email=+bob@hbtn.io&password=H0lbertonSchool98!",
     "no user found for this email"),
    ("a password is not trimmed", "email=bob@hbtn.io&password=H0lbertonSchool98!+",
     "wrong password"),
    ("a line end after the password belongs to it",
     "email=bob@hbtn.io&password=H0lbertonSchool98!\n", "wrong password"),
    ("equals signs in the password", "email=equals@hbtn.io&password=a=b=c", None),
    ("escaped ampersand in the password", "email=amp@hbtn.io&password=a%26b", None),
    ("raw UTF-8", "email=ü@hbtn.io&password=pä☃", None),
    ("a byte that is no UTF-8 is not U+FFFD", "email=odd%FF@hbtn.io&password=pw",
     "no user found for this email"),
    ("but U+FFFD is", "email=odd%EF%BF%BD@hbtn.io&password=pw", None),
    ("escaped UTF-8", "email=%C3%BC@hbtn.io&password=p%C3%A4%E2%98%83", None),
    ("other fields do no harm", "a=b&email=bob@hbtn.io&c&password=H0lbertonSchool98!&d=e", None),
    ("names with brackets are other names",
     "email[]=bob@hbtn.io&password[]=H0lbertonSchool98!", "email missing"),
    ("a prefix of the password", "email=bob@hbtn.io&password=H0lbertonSchool98", "wrong password"),
    ("the password and more", "email=bob@hbtn.io&password=H0lbertonSchool98!!", "wrong password"),
    ("the stored hash is no password",
     "email=sha@hbtn.io&password=a5c904771b8617de27d3511d1f538094e26c120da663363b3f760f7b894f9d69",
     "no user found for this email"),
]
STATUS = {None: 200, "email missing": 400, "password missing": 400,
          "no user found for this email": 404, "wrong password": 401}
USERS = [("a+b@hbtn.io", "pw"), ("percent@hbtn.io", "100%"), ("percent4@hbtn.io", "100%4"),
         ("percentz@hbtn.io", "100%zz"), ("equals@hbtn.io", "a=b=c"), ("amp@hbtn.io", "a&b"),
         ("odd\ufffd@hbtn.io", "pw")]

RIGHT = "email=bob@hbtn.io&password=H0lbertonSchool98!"

# name, Content-Type (None: no header), is it a form?
TYPES = [
    ("urlencoded", "application/x-www-form-urlencoded", True),
    ("with a charset", "application/x-www-form-urlencoded; charset=UTF-8", True),
    ("without a blank before the parameter", "application/x-www-form-urlencoded;charset=x", True),
    ("upper case", "APPLICATION/X-WWW-FORM-URLENCODED", True),
    ("plain text", "text/plain", False),
    ("JSON", "application/json", False),
    ("a longer name", "application/x-www-form-urlencoded2", False),
    ("two types in one header", "application/x-www-form-urlencoded, text/plain", False),
    ("the same type twice",
     "application/x-www-form-urlencoded, application/x-www-form-urlencoded", False),
    ("nonsense", ";;;", False),
    ("none", None, False),
]


def part(name, value, more="", head="Content-Disposition: form-data"):
    return f'--X\r\n{head}; name="{name}"{more}\r\n\r\n{value}\r\n'


EMAIL, PASSWORD = part("email", "bob@hbtn.io"), part("password", "H0lbertonSchool98!")
# name, Content-Type, body, error
MULTIPART = [
    ("two parts", "multipart/form-data; boundary=X", EMAIL + PASSWORD + "--X--\r\n", None),
    ("without the last line end", "multipart/form-data; boundary=X", EMAIL + PASSWORD + "--X--",
     None),
    ("a quoted boundary", 'multipart/form-data; boundary="X"', EMAIL + PASSWORD + "--X--\r\n",
     None),
    ("type in upper case", "Multipart/Form-Data; Boundary=X", EMAIL + PASSWORD + "--X--\r\n", None),
    ("a preamble is skipped", "multipart/form-data; boundary=X",
     "hello\r\n" + EMAIL + PASSWORD + "--X--\r\n", None),
    ("an epilogue is skipped", "multipart/form-data; boundary=X",
     EMAIL + PASSWORD + "--X--\r\n" + PASSWORD, None),
    ("a name without quotes", "multipart/form-data; boundary=X",
     EMAIL.replace('"email"', "email") + PASSWORD + "--X--\r\n", None),
    ("a Content-Type in the part", "multipart/form-data; boundary=X",
     part("email", "bob@hbtn.io", "\r\nContent-Type: text/plain") + PASSWORD + "--X--\r\n", None),
    ("header names in lower case", "multipart/form-data; boundary=X",
     EMAIL.replace("Content-Disposition", "content-disposition") + PASSWORD + "--X--\r\n", None),
    ("a file is no field", "multipart/form-data; boundary=X",
     part("email", "bob@hbtn.io", '; filename="e.txt"') + PASSWORD + "--X--\r\n", "email missing"),
    ("the first of two wins", "multipart/form-data; boundary=X",
     EMAIL + part("email", "x") + PASSWORD + "--X--\r\n", None),
    ("nothing is decoded", "multipart/form-data; boundary=X",
     part("email", "bob%40hbtn.io") + PASSWORD + "--X--\r\n", "no user found for this email"),
    ("a plus stays a plus", "multipart/form-data; boundary=X",
     part("email", "bobsession@hbtn.io") + part("password", "fake+pwd") + "--X--\r\n",
     "wrong password"),
    ("a blank stays a blank", "multipart/form-data; boundary=X",
     part("email", "bobsession@hbtn.io") + part("password", "fake pwd") + "--X--\r\n", None),
    ("an empty value", "multipart/form-data; boundary=X", part("email", "") + PASSWORD + "--X--",
     "email missing"),
    ("only the email", "multipart/form-data; boundary=X", EMAIL + "--X--\r\n", "password missing"),
    ("no boundary given", "multipart/form-data", EMAIL + PASSWORD + "--X--\r\n", "email missing"),
    ("another boundary", "multipart/form-data; boundary=Y", EMAIL + PASSWORD + "--X--\r\n",
     "email missing"),
    ("no parts", "multipart/form-data; boundary=X", "--X--\r\n", "email missing"),
    ("no body", "multipart/form-data; boundary=X", "", "email missing"),
    ("urlencoded inside", "multipart/form-data; boundary=X", RIGHT, "email missing"),
    ("no name", "multipart/form-data; boundary=X",
     EMAIL.replace('; name="email"', "") + PASSWORD + "--X--\r\n", "email missing"),
    ("a folded header line", "multipart/form-data; boundary=X",
     EMAIL.replace("; name", ";\r\n name") + PASSWORD + "--X--\r\n", "email missing"),
    ("an extended name", "multipart/form-data; boundary=X",
     EMAIL.replace('name="email"', "name*=UTF-8''email") + PASSWORD + "--X--\r\n",
     "email missing"),
    ("lines that end in CR alone", "multipart/form-data; boundary=X",
     (EMAIL + PASSWORD + "--X--\r\n").replace("\r\n", "\r"), "email missing"),
    ("another charset, in ASCII", "multipart/form-data; boundary=X",
     part("email", "bob@hbtn.io", "\r\nContent-Type: text/plain; charset=iso-8859-1") + PASSWORD +
     "--X--\r\n", None),
    ("another charset that matters", "multipart/form-data; boundary=X",
     part("email", "ü@hbtn.io", "\r\nContent-Type: text/plain; charset=iso-8859-1") +
     part("password", "pä☃") + "--X--\r\n", "email missing"),
    ("UTF-8 by name", "multipart/form-data; boundary=X",
     part("email", "ü@hbtn.io", "\r\nContent-Type: text/plain; charset=utf-8") +
     part("password", "pä☃") + "--X--\r\n", None),
    ("another multipart", "multipart/mixed; boundary=X", EMAIL + PASSWORD + "--X--\r\n",
     "email missing"),
]


def verdict(suite, name, answer, error):
    if error is None:
        return suite.expect(name, answer, 200, headers={"Set-Cookie": COOKIE})
    return suite.expect(name, answer, STATUS[error], error=error, headers={"Set-Cookie": None})


def run(suite, world, is_quick=False):
    for email, password in USERS:
        world.new_user(email=email, password=password)

    suite.group = "login, urlencoded"
    for name, body, error in URLENCODED:
        verdict(suite, name, world.api("session_auth", "POST", "/auth_session/login", FORM, body),
                error)

    suite.group = "login, Content-Type"
    for name, type_, is_form in TYPES:
        headers = {} if type_ is None else {"Content-Type": type_}
        answer = world.api("session_auth", "POST", "/auth_session/login", headers, RIGHT)
        verdict(suite, name, answer, None if is_form else "email missing")

    suite.group = "login, multipart"
    for name, type_, body, error in MULTIPART:
        answer = world.api("session_auth", "POST", "/auth_session/login", {"Content-Type": type_},
                           body)
        verdict(suite, name, answer, error)

    suite.group = "login, how many fields"
    fields = "&".join(f"f{i}=x" for i in range(998))
    parts = "".join(part(f"f{i}", "x") for i in range(998))
    multipart = {"Content-Type": "multipart/form-data; boundary=X"}
    for name, headers, body in (("urlencoded", FORM, f"{RIGHT}&{fields}"),
                                ("multipart", multipart, EMAIL + PASSWORD + parts + "--X--\r\n")):
        verdict(suite, f"1,000, {name}", world.api(
            "session_auth", "POST", "/auth_session/login", headers, body), None)
    for name, headers, body in (
            ("urlencoded", FORM, f"{RIGHT}&{fields}&a=b"),
            ("multipart", multipart, EMAIL + PASSWORD + parts + part("a", "b") + "--X--\r\n")):
        suite.expect(f"1,001, {name}", world.api(
            "session_auth", "POST", "/auth_session/login", headers, body), 400,
            error="more than 1000 form fields", headers={"Set-Cookie": None})

    suite.group = "login, what is not read"
    verdict(suite, "the query string",
            world.api("session_auth", "POST", f"/auth_session/login?{RIGHT}", FORM, ""),
            "email missing")
    verdict(suite, "a JSON body", world.api(
        "session_auth", "POST", "/auth_session/login", {"Content-Type": "application/json"},
        json.dumps({"email": BOB[0], "password": BOB[1]})), "email missing")
    verdict(suite, "an Authorization header", world.api(
        "session_auth", "POST", "/auth_session/login", {**FORM, "Authorization": BOB_BASIC}, ""),
        "email missing")
    for name, password in (("512 bytes", "x" * 512), ("60,000 bytes", "x" * 60000),
                           ("a NUL", "H0lbertonSchool98!%00")):
        suite.expect(f"a password of {name} is refused, never cut",
                     world.api("session_auth", "POST", "/auth_session/login", FORM,
                               f"email=bob@hbtn.io&password={password}"), (400, 401),
                     headers={"Set-Cookie": None})

    under_each_type(suite, world)
    cookie_and_logout(suite, world)


def under_each_type(suite, world):
    suite.group = "login, under each AUTH_TYPE"
    for site in ("none", "unset", "empty", "auth", "basic_auth", *SESSION_TYPES):
        for body, error in (("", "email missing"), ("email=a", "password missing"),
                            ("email=a&password=b", "no user found for this email"),
                            ("email=bob@hbtn.io&password=b", "wrong password")):
            verdict(suite, f"{site}: {error}",
                    world.api(site, "POST", "/auth_session/login", FORM, body), error)
        answer = world.api(site, "POST", "/auth_session/login", FORM, RIGHT)
        if site in SESSION_TYPES:
            suite.expect(f"{site}: correct", answer, 200, user={"email": BOB[0]},
                         headers={"Set-Cookie": COOKIE, "Content-Length": "198"})
        else:
            suite.expect(f"{site}: correct, but there are no sessions", answer, 404,
                         error="Not found", headers={"Set-Cookie": None})


def cookie_and_logout(suite, world):
    suite.group = "the cookie"
    answer = world.api("named", "POST", "/auth_session/login", FORM, RIGHT)
    suite.expect("SESSION_NAME names it", answer, 200, headers={
        "Set-Cookie": re.compile(rf"sid={UUID4}; Path=/; HttpOnly; SameSite=Lax")})
    value = answer.cookie()[1]
    suite.expect("it is read by that name",
                 world.api("named", "GET", "/users/me", {"Cookie": f"sid={value}"}), 200)
    suite.expect("and by no other",
                 world.api("named", "GET", "/users/me", {"Cookie": f"_my_session_id={value}"}), 401)
    suite.expect("Secure where the web server says HTTPS=on",
                 world.api("https", "POST", "/auth_session/login", FORM, RIGHT), 200, headers={
                     "Set-Cookie": re.compile(
                         rf"_my_session_id={UUID4}; Path=/; HttpOnly; SameSite=Lax; Secure")})
    for path in ("/status", "/users", "/auth_session/login"):
        suite.expect(f"a SESSION_NAME that is no token is refused: {path}",
                     world.api("misnamed", "POST", path, FORM, RIGHT), 500, headers={"Set-Cookie": None})

    for site in SESSION_TYPES:
        suite.group = f"sessions, {site}"
        first, second = world.login(site), world.login(site)
        suite.check("two logins give two ids", first != second)
        for name, cookie in (("the first", first), ("the second", second)):
            suite.expect(f"{name} session is good after both",
                         world.api(site, "GET", "/users/me", {"Cookie": cookie}), 200,
                         user={"email": BOB[0]})
        suite.expect("a login with a good cookie gives another one", world.api(
            site, "POST", "/auth_session/login", {**FORM, "Cookie": first}, RIGHT), 200,
            headers={"Set-Cookie": COOKIE})
        unknown = "_my_session_id=5535d4d7-3d77-4d06-8281-495dc3acfe76"
        answer = world.api(site, "POST", "/auth_session/login", {**FORM, "Cookie": unknown}, RIGHT)
        suite.expect("a login with an unknown cookie does not adopt it", answer, 200,
                     headers={"Set-Cookie": re.compile(r"(?!.*5535d4d7-3d77).*")})
        suite.expect("nor make it good",
                     world.api(site, "GET", "/users/me", {"Cookie": unknown}), 403)

        suite.group = f"logout, {site}"
        logout = "/auth_session/logout"
        suite.expect("without a cookie", world.api(site, "DELETE", logout), 401)
        suite.expect("with an unknown cookie", world.api(site, "DELETE", logout,
                                                         {"Cookie": unknown}), 403)
        suite.expect("Basic credentials log nobody out",
                     world.api(site, "DELETE", logout, {"Authorization": BOB_BASIC}), 403)
        suite.expect("200, {}, and the cookie expires", world.api(
            site, "DELETE", logout, {"Cookie": first}), 200, body={}, headers={
                "Set-Cookie": re.compile(r"_my_session_id=; Path=/; .*Max-Age=0.*")})
        suite.expect("the session is gone",
                     world.api(site, "GET", "/users/me", {"Cookie": first}), 403)
        suite.expect("logging out once more", world.api(site, "DELETE", logout,
                                                        {"Cookie": first}), 403)
        suite.expect("the other session of the user is not touched",
                     world.api(site, "GET", "/users/me", {"Cookie": second}), 200)

    suite.group = "logout, types without sessions"
    for site in ("none", "basic_auth"):
        suite.expect(f"{site}: 404", world.api(site, "DELETE", "/auth_session/logout",
                                               world.good(site)), 404, error="Not found")

    suite.group = "SESSION_ID"
    for uuid_site, token_site in (("session_db_auth", "token"), ("session_auth", "token_in_memory")):
        suite.expect(f"{token_site}: 256 bits in 43 characters", world.api(
            token_site, "POST", "/auth_session/login", FORM, RIGHT), 200, headers={
                "Set-Cookie": re.compile(
                    r"_my_session_id=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax")})
        for begun in (uuid_site, token_site):
            cookie = {"Cookie": world.login(begun)}
            for site in (uuid_site, token_site):
                suite.expect(f"one of {begun} is good at {site}",
                             world.api(site, "GET", "/users/me", cookie), 200)
            other = token_site if begun == uuid_site else uuid_site
            suite.expect(f"and can be ended at {other}",
                         world.api(other, "DELETE", "/auth_session/logout", cookie), 200)
            suite.expect("everywhere", world.api(begun, "GET", "/users/me", cookie), 403)
    token = world.login("token")
    for name, changed in (("cut", token[:-1]), ("longer", token + "A"), ("padded", token + "="),
                          ("in upper case", token[:15] + token[15:].upper()),
                          ("with another first character",
                           token[:15] + ("A" if token[15] != "A" else "B") + token[16:])):
        suite.expect(f"a token {name}", world.api("token", "GET", "/users/me", {"Cookie": changed}), 403)
    suite.expect("the token itself", world.api("token", "GET", "/users/me", {"Cookie": token}), 200)
    suite.expect("a value that is none", world.api("id_nonsense", "GET", "/status"), 500)

    suite.group = "realms and kinds"
    a = world.login("realm_a")
    suite.expect("a session is good in its realm",
                 world.api("realm_a", "GET", "/users/me", {"Cookie": a}), 200)
    for site in ("realm_b", "session_auth"):
        suite.expect(f"and nowhere else: {site}",
                     world.api(site, "GET", "/users/me", {"Cookie": a}), 403)
    memory, database = world.login("session_auth"), world.login("session_db_auth")
    suite.expect("a session in memory is none of the database",
                 world.api("session_db_auth", "GET", "/users/me", {"Cookie": memory}), 403)
    suite.expect("a session of the database is none in memory",
                 world.api("session_auth", "GET", "/users/me", {"Cookie": database}), 403)
