"""upload - a body of 1 GiB goes through to the application, whole; and waits for nobody's check

UPLOAD_MIB: another size.  A long one: make check-long-gate.
"""
import hashlib
import os

from cases.http import Answer

from .matrix import ANN, World, prepare

PIECE = os.urandom(1 << 20)


def run(suite, site):
    prepare(site)
    n = int(os.environ.get("UPLOAD_MIB", "1024"))
    digest = hashlib.sha256()
    for _ in range(n):
        digest.update(PIECE)
    for server in site.servers:
        suite.group = f"{server}: {n} MiB"
        world = World(suite, site, server, "http")
        before = len(site.application.requests)
        answer = sent(world, n)
        suite.equal("it is let in", answer.status, 200)
        came = site.application.requests[before:]
        suite.equal("and arrives whole", [(c["body_bytes"], c["sha256"]) for c in came],
                    [(n << 20, digest.hexdigest())])


def sent(world, n):
    visitor = world.visitor
    with visitor.connect() as sock:
        sock.settimeout(600)
        sock.sendall(f"PUT /a HTTP/1.1\r\nHost: {visitor.authority}\r\nCookie: {world.session(ANN)}\r\n"
                     f"Content-Length: {n << 20}\r\nConnection: close\r\n\r\n".encode())
        for _ in range(n):
            sock.sendall(PIECE)
        got = b"".join(iter(lambda: sock.recv(65536), b""))
    head, _, body = got.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), [], body)
