"""suite - counts named cases, and holds every answer to what all answers must be

A case is one call of expect().  Besides what it asks for, each answer of the program is checked
for what holds on every path and status: see common_faults().
"""
import json
import os
import re
import shutil
import subprocess
import tempfile

from .http import Client

PAGE_405 = (b'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n'
            b"<title>405 Method Not Allowed</title>\n"
            b"<h1>Method Not Allowed</h1>\n"
            b"<p>The method is not allowed for the requested URL.</p>\n")
assert len(PAGE_405) == 178

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
USER_MEMBERS = ["created_at", "email", "first_name", "id", "last_name", "updated_at"]
ERRORS = {401: "Unauthorized", 403: "Forbidden", 404: "Not found"}

BOB = ("bob@hbtn.io", "H0lbertonSchool98!")
BOB_BASIC = "Basic Ym9iQGhidG4uaW86SDBsYmVydG9uU2Nob29sOTgh"


def formatted(value):
    """JSON as it must be on the wire, byte for byte."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode()


def user_fault(user):
    """What is wrong with the public form of a user, or None."""
    if sorted(user) != USER_MEMBERS:
        return f"members {sorted(user)}"
    if not re.fullmatch(UUID4, user["id"]):
        return f"id {user['id']}"
    for name in ("created_at", "updated_at"):
        if not re.fullmatch(TIME, user[name]):
            return f"{name} {user[name]}"
    return None


def common_faults(answer, method):
    """What every answer of the program must be, whatever was asked."""
    body, status = answer.body, answer.status
    type_ = answer.header("Content-Type")
    length = answer.header("Content-Length")
    if length is None:
        yield "no Content-Length"
    elif method != "HEAD" and int(length) != len(body):
        yield f"Content-Length {length}, body of {len(body)} bytes"
    if answer.header("X-Content-Type-Options") != "nosniff":
        yield "no X-Content-Type-Options: nosniff"
    if answer.header("Access-Control-Allow-Credentials") is not None:
        yield "Access-Control-Allow-Credentials"
    if status == 401 and answer.header("WWW-Authenticate") is None:
        yield "401 without WWW-Authenticate"
    if status == 405:
        if type_ != "text/html; charset=utf-8":
            yield f"405 with Content-Type {type_}"
        if method != "HEAD" and body != PAGE_405:
            yield "405 with another page"
        if answer.header("Allow") is None:
            yield "405 without Allow"
    elif status >= 400 and type_ != "application/json":
        yield f"error with Content-Type {type_}"
    if type_ == "application/json" and method != "HEAD":
        try:
            value = json.loads(body)
        except ValueError as error:
            yield f"body is no JSON: {error}"
            return
        if body != formatted(value):
            yield "JSON is not formatted as it must be"
        if status >= 400 and (not isinstance(value, dict) or list(value) != ["error"]):
            yield "error body has other members than error"
        if status in ERRORS and value["error"] not in (
                ERRORS[status], "no user found for this email", "wrong password", "cross-site request",
                "wrong email or password", "https required"):
            yield f"unknown text for {status}: {value['error']}"
        users = value if isinstance(value, list) else [value]
        if any(isinstance(user, dict) and "email" in user for user in users):
            if answer.header("Cache-Control") != "no-store":
                yield "an answer about a user that caches may keep"
            for user in users:
                if (fault := user_fault(user)):
                    yield fault
    if answer.headers_named("Set-Cookie") and answer.header("Cache-Control") != "no-store":
        yield "an answer with a cookie that caches may keep"
    for secret in (b'"_password', b"$y$", b"H0lberton", b"session_id\""):
        if secret in body:
            yield f"the body holds {secret!r}"
    words = b"".join(f"{name}: {value}\n".encode() for name, value in answer.headers
                     if name.lower() not in ("server", "date"))
    if (made_of := re.search(rb"(?i)(sessiongate|fcgi|json-c|sodium|crypt)[-/ ]?[0-9]", words + body)):
        yield f"it says what it is made of: {made_of[0]!r}"


class Suite:
    """Counts passed and failed cases; prints what failed."""

    def __init__(self):
        self.n_passed = self.n_failed = 0
        self.group = self.last_failed = ""

    def report(self, name, faults, context=""):
        faults = list(faults)
        if not faults:
            self.n_passed += 1
            return True
        self.n_failed += 1
        self.last_failed = f"{self.group}: {name}"
        print(f"not ok  {self.last_failed}")
        for fault in faults:
            print(f"        {fault}")
        if context:
            print("        " + str(context).replace("\n", "\n        "))
        return False

    def check(self, name, is_true, context=""):
        return self.report(name, [] if is_true else ["not so"], context)

    def equal(self, name, got, want):
        return self.report(name, [] if got == want else [f"want {want!r}", f"got  {got!r}"])

    def expect(self, name, answer, status, *, error=None, body=None, headers=None, allow=None,
               user=None, method="GET", by_server=False):
        """One case.

        status     one, or several where servers differ
        error      text of the JSON error; body: the JSON value; user: members of the user
        headers    {name: value, or None for absent, or a compiled pattern; or a list of patterns,
                   for as many headers of that name}
        allow      methods of the Allow header, as one text
        method     "HEAD": no body is expected
        by_server  the web server may have answered by itself: then only the status counts
        """
        statuses = status if isinstance(status, tuple) else (status,)
        faults = []
        if answer.status not in statuses:
            faults.append(f"want {status}, got {answer.status}")
        is_ours = answer.header("X-Content-Type-Options") is not None
        if is_ours or not by_server:
            try:
                faults += common_faults(answer, method)
                faults += self._faults(answer, error, body, headers or {}, allow, user, method)
            except (AssertionError, ValueError, KeyError, TypeError) as problem:
                faults.append(f"{type(problem).__name__}: {problem}")
        return self.report(name, faults, answer)

    @staticmethod
    def _faults(answer, error, body, headers, allow, user, method):
        if method == "HEAD" and answer.body:
            yield "an answer to HEAD with a body"
        if allow is not None and answer.header("Allow") != allow:
            yield f"Allow: {answer.header('Allow')}, want {allow}"
        for name, want in headers.items():
            if isinstance(want, list):
                got = answer.headers_named(name)
                if len(got) != len(want) or not all(w.fullmatch(g) for w, g in zip(want, got)):
                    yield f"{name}: {got}, want {[w.pattern for w in want]}"
                continue
            got = answer.header(name)
            if isinstance(want, re.Pattern):
                if got is None or not want.fullmatch(got):
                    yield f"{name}: {got}, want {want.pattern}"
            elif got != want:
                yield f"{name}: {got}, want {want}"
        if method == "HEAD":
            return
        if error is not None and json.loads(answer.body).get("error") != error:
            yield f"want the error {error!r}"
        if body is not None and json.loads(answer.body) != body:
            yield f"want the body {body!r}"
        if user is not None:
            got = json.loads(answer.body)
            for name, want in user.items():
                if got.get(name, KeyError) != want:
                    yield f"{name} is {got.get(name)!r}, want {want!r}"


class Site:
    """The program behind the web server that BACKEND names; see ../site."""

    tool = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "site")

    def __init__(self, sites, environment=(), options=()):
        """sites: {name: {parameter: value}}."""
        self.directory = tempfile.mkdtemp(prefix="sg.")
        arguments = []
        for setting in environment:
            arguments += ["--env", setting]
        for option in options:
            arguments += ["--option", option]
        for name, parameters in sites.items():
            arguments += [name, *(f"{k}={v}" for k, v in parameters.items()), "--"]
        self.clients = {}
        try:
            self.run("start", *arguments[:-1])
        except BaseException:   # SIGTERM, too
            self.stop()
            raise
        self.clients = {name: Client(self.url(name)) for name in sites}

    def run(self, command, *arguments):
        # The program goes on in the background: it must not inherit a pipe that is waited for.
        with tempfile.TemporaryFile() as output:
            status = subprocess.run([self.tool, command, self.directory, *arguments],
                                    stdin=subprocess.DEVNULL, stdout=output,
                                    stderr=subprocess.STDOUT, check=False).returncode
            output.seek(0)
            text = output.read().decode(errors="replace")
        if status != 0:
            raise RuntimeError(f"site {command}: status {status}\n{text}")
        return text

    def url(self, name):
        with open(os.path.join(self.directory, "url", name), encoding="ascii") as file:
            return file.read().strip()

    def new_client(self, name):
        return Client(self.url(name))

    def user(self, email, password, *options):
        self.run("user", email, password, *options)

    def stop(self):
        for client in self.clients.values():
            client.close()
        try:
            self.run("stop")
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def log(self):
        with open(os.path.join(self.directory, "program.log"), encoding="utf-8",
                  errors="replace") as file:
            return file.read()
