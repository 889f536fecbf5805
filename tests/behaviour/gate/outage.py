"""outage - when the gate is away, slow or dying, nobody gets in, whoever they are

What a visitor sees then differs from server to server; that no request reaches the application,
nor a file leaves, does not.  Sessions are good again when the gate is back.
"""
import os
import signal
import threading

from .matrix import ANN, World, allowed, ask, prepare
from .site import wait_for
from .visitor import PROGRAM

# How the shipped files have it said; None: the server's own words.
AWAY = {"nginx": 503, "lighttpd": 503, "apache": (500, 503), "caddy": 502}
KILLS = 5


def run(suite, site):
    prepare(site)
    worlds = [World(suite, site, server, "http") for server in site.servers]
    suite.group = "gate killed under way"
    killed(suite, site, worlds)
    suite.group = "gate stopped"
    stopped(suite, site, worlds)
    suite.group = "gate away"
    away(suite, site, worlds)


def closed(suite, world, name, answer, n, status=None):
    came = world.site.application.requests[n:]
    faults = [f"it came to the application: {came}"] if came else []
    if answer is not None and (answer.status < 400 or b"PRIVATE" in answer.body):
        faults.append("it got in")
    if status and (answer is None or answer.status not in (
            status if isinstance(status, tuple) else (status,))):
        faults.append(f"want {status}")
    suite.report(f"{world.server}: {name}", faults, answer)


def away(suite, site, worlds):
    suite.check("the program ends on SIGTERM", site.stop_program())
    for world in worlds:
        for path in ("/a", "/static/a.txt", "/admin"):
            for who in (ANN, None):
                n = len(site.application.requests)
                answer, _ = world.ask("GET", path, PROGRAM, who)
                closed(suite, world, f"{path}, {'a session' if who else 'nobody'}", answer, n,
                       AWAY[world.server])
        if world.server == "nginx":
            suite.equal("nginx: it says when to come again", answer.header("Retry-After"), "10")
            for path in ("/_gate/login", "/_gate/denied"):
                answer = site.visitor(world.server).ask("GET", path, PROGRAM)
                suite.equal(f"nginx: {path} says so too", answer.status, 503)
    site.start_program()
    for world in worlds:
        wait_for(f"{world.server} reaches the gate again",
                 lambda w=world: w.ask("GET", "/a", PROGRAM, ANN)[0].status == 200)
        world.row(f"{world.server}: back again", ask(who=ANN), allowed)


def killed(suite, site, worlds):
    """Workers die all the time while nobody asks for a file without a session."""
    end = threading.Event()
    got_in, n_asked = [], [0]
    n = len(site.application.requests)

    def keep_asking(world):
        visitor = site.visitor(world.server)
        while not end.is_set():
            for path in ("/static/a.txt", "/a"):
                answer = visitor.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                n_asked[0] += 1
                if answer is not None and answer.status < 400:
                    got_in.append((world.server, path, str(answer)))

    threads = [threading.Thread(target=keep_asking, args=(world,)) for world in worlds]
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        for pid in site.program.children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        before = n_asked[0]
        wait_for("questions are asked", lambda b=before: n_asked[0] >= b + 20 * len(worlds))
        wait_for("a worker is there again", site.program.children)
    end.set()
    for thread in threads:
        thread.join()
    suite.report(f"none of {n_asked[0]} gets in", [str(x) for x in got_in[:3]])
    suite.equal("nothing came to the application", site.application.requests[n:], [])
    for world in worlds:
        wait_for(f"{world.server} is served again",
                 lambda w=world: w.ask("GET", "/a", PROGRAM, ANN)[0].status == 200)


def stopped(suite, site, worlds):
    """A gate that does not answer at all: the web server gives up (Apache has no limit for it)."""
    pids = site.program.children()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    n = len(site.application.requests)
    answers = {}

    def keep(world):
        answers[world] = site.visitor(world.server).ask(
            "GET", "/static/a.txt", {**PROGRAM, "Cookie": world.session(ANN)})

    threads = [threading.Thread(target=keep, args=(world,)) for world in worlds
               if world.server != "apache"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    for world, answer in answers.items():
        closed(suite, world, "it gives up", answer, n)
    for world in worlds:
        wait_for(f"{world.server} is served again",
                 lambda w=world: w.ask("GET", "/a", PROGRAM, ANN)[0].status == 200)
