"""paths - whatever spelling an address is asked for in, the gate stands before it

On a raw socket, since clients tidy addresses up.  Nobody gets content with any of them; and what
is for a group alone does not reach the application, as what it may take for that, for others.
"""
import urllib.parse

from .matrix import ANN, World, prepare

# Of a file below /static/, by somebody who is not signed in.
OF_A_FILE = [
    "/static/a.txt", "//static/a.txt", "///static/a.txt", "/./static/a.txt", "/x/../static/a.txt",
    "/x/..%2fstatic/a.txt", "/x/%2e%2e/static/a.txt", "/%73tatic/a.txt", "/static%2fa.txt",
    "/static%5ca.txt", "/static\\a.txt", "\\static\\a.txt", "/..\\static\\a.txt", "/static;x/a.txt",
    "/static/;/a.txt", "/STATIC/a.txt", "/x/..;/static/a.txt", "/static%00/a.txt",
    "/static/a.txt%00.html", "/x//..//static/a.txt", "/_gate/../static/a.txt",
    "/_gate/..%2fstatic/a.txt", "/_gate/%2e%2e/static/a.txt", "/_gate/login/../../static/a.txt",
    "/_gate//../static/a.txt", "/_gate/./../static/a.txt", "/_gate/..;/static/a.txt",
    "/_GATE/../static/a.txt", "/static/a.txt?/_gate/login", "/static/a.txt#/_gate/login",
    "/static/a.txt;/_gate/login", "/static/a.txt%3f/_gate/login", "/static/a.txt/_gate/",
    "/static/sub/../a.txt", "/static/a.txt/", "/static/a.txt/.", "static/a.txt", "*",
    "/favicon.ico", "/.well-known/../static/a.txt", "http://ADDRESS/static/a.txt",
    "http://evil.test/static/a.txt", "http://ADDRESS/_gate/../static/a.txt",
]
# Of what only a group may have, by somebody who is signed in and not in it.
OF_A_GROUP = [
    "/admin", "/admin/", "/Admin", "/ADMIN/a", "/admin;x", "/admin.html", "/admin%2f", "/admin%3bx",
    "//admin", "///admin/a", "/./admin", "/x/../admin", "/x/%2e%2e/admin", "/%61dmin", "/%41DMIN",
    "/admin%20", "/admin?x", "/_gate/../admin", "http://ADDRESS/admin",
]
# Versions of the protocol, and lines that some take for two requests.
ODD_REQUESTS = [
    "GET /static/a.txt\r\n\r\n",
    "GET /static/a.txt HTTP/0.9\r\n\r\n",
    "GET /static/a.txt HTTP/1.0\r\n\r\n",
    "GET /static/a.txt HTTP/1.1\r\nConnection: close\r\n\r\n",
    "GET  /static/a.txt  HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "GET /static/a.txt HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n",
    "GET /static/a.txt HTTP/1.1\r\nHost: x\r\nCookie : sid=x\r\nConnection: close\r\n\r\n",
    "POST /_gate/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    "0\r\n\r\nGET /static/a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
]


def run(suite, site):
    prepare(site)
    for server in site.servers:
        suite.group = f"{server}: paths"
        world = World(suite, site, server, "http")
        for path in OF_A_FILE:
            without_a_session(world, path)
        for text in ODD_REQUESTS:
            n = len(site.application.requests)
            report(world, repr(text), world.visitor.raw(text.encode()), n)
        for path in OF_A_GROUP:
            without_the_group(world, path)


def sent(world, path, cookie=""):
    path = path.replace("ADDRESS", world.visitor.authority)
    n = len(world.site.application.requests)
    answer = world.visitor.raw(
        f"GET {path} HTTP/1.1\r\nHost: {world.visitor.authority}\r\nAccept: text/html\r\n{cookie}"
        "Connection: close\r\n\r\n".encode("latin-1"))
    return answer, n


def report(world, name, answer, n):
    came = world.site.application.requests[n:]
    faults = [] if not came else [f"it came to the application: {came}"]
    if answer is not None:
        is_page = answer.body.lstrip().lower().startswith(b"<!doctype html") and b"/_gate/" in answer.body
        if b"PRIVATE" in answer.body or (200 <= answer.status < 300 and not is_page):
            faults.append("it got in")
    world.suite.report(name, faults, answer)


def without_a_session(world, path):
    report(world, path, *sent(world, path))


def without_the_group(world, path):
    answer, n = sent(world, path, f"Cookie: {world.session(ANN)}\r\n")
    # What a sloppy application makes of it: decoded, folded, slashes and dots resolved.
    reached = [came["target"] for came in world.site.application.requests[n:]]
    faults = [f"the application got {target}" for target in reached if is_admin(target)]
    world.suite.report(f"in no group: {path}", faults, answer)


def is_admin(target):
    path = urllib.parse.unquote(urllib.parse.urlsplit(target).path).lower()
    parts = []
    for part in path.split(";")[0].split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return bool(parts) and parts[0].strip().startswith("admin")
