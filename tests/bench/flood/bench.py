#!/usr/bin/python3
"""bench - what session checks feel of a login flood

Usage: bench.py BUILD_DIR [seconds] [rounds]

The program behind nginx, hashes at their default cost.  wrk checks a session over kept
connections, first alone, then while 200 clients sign in at once and again and again, right
and wrong passwords mixed.  Prints p50 and p99 of the checks in both cases and their ratio (medians
over the rounds), how the logins were answered, and the largest private memory of the
program.  Fails when a check is refused or a login gets an answer that it must not get.
"""
import asyncio
import collections
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "web"))
import bench as web  # noqa: E402

N_CLIENTS = 200
FORM = b"email=bob@hbtn.io&password=%s"
ALLOWED = {b"right": (200, 503), b"wrong": (401, 503)}


class Flood(threading.Thread):
    """Clients that sign in until they are told to end."""

    def __init__(self, port):
        super().__init__()
        self.port, self.answers, self.wrong = port, collections.Counter(), []
        self.is_over = False

    async def client(self, k):
        kind = b"right" if k % 2 else b"wrong"
        body = FORM % (b"fake+pwd" if k % 2 else b"other")
        request = (b"POST /ours/api/v1/auth_session/login HTTP/1.1\r\nHost: localhost\r\n"
                   b"Content-Type: application/x-www-form-urlencoded\r\n"
                   b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
        while not self.is_over:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(request)
            answer = await reader.read()
            writer.close()
            status = int(answer[9:12] or 0)
            self.answers[status] += 1
            if status not in ALLOWED[kind]:
                self.wrong.append((kind, answer[:200]))

    async def all(self):
        await asyncio.gather(*(self.client(k) for k in range(N_CLIENTS)))

    def run(self):
        asyncio.run(self.all())

    def end(self):
        self.is_over = True
        self.join()


def checks(url, session, seconds):
    out = subprocess.run(["wrk", "-t1", "-c8", f"-d{seconds}s", "--latency", url, "-H",
                          f"Cookie: _my_session_id={session}"], capture_output=True, text=True,
                         check=True).stdout
    if "Socket errors" in out or "Non-2xx" in out:
        raise SystemExit(f"flood: a session check failed:\n{out}")

    def latency(which):
        value, unit = re.search(which + r"%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]

    return latency("50"), latency("99")


def watch_memory(side, peak, over):
    while not over.is_set():
        try:
            peak[0] = max(peak[0], web.private_kib(side.pids()))
        except OSError:
            pass
        time.sleep(0.05)


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    directory = pathlib.Path(tempfile.mkdtemp(prefix="flood-"))
    bench = web.Bench(pathlib.Path(sys.argv[1]).resolve(), directory)
    idle, busy, answers = [], [], collections.Counter()
    peak, over = [0], threading.Event()
    try:
        bench.web = web.Web(bench, "nginx")
        side = bench.start_ours()
        url, session = bench.web.url("ours"), bench.login(bench.web)
        watcher = threading.Thread(target=watch_memory, args=(side, peak, over))
        watcher.start()
        for _ in range(rounds):
            idle.append(checks(url, session, seconds))
            flood = Flood(bench.web.port)
            flood.start()
            time.sleep(0.5)
            busy.append(checks(url, session, seconds))
            flood.end()
            if flood.wrong:
                raise SystemExit(f"flood: {flood.wrong[:3]}")
            answers += flood.answers
    finally:
        over.set()
        bench.stop()
        shutil.rmtree(directory)
    for what, rows in (("idle", idle), ("flood", busy)):
        p50, p99 = (statistics.median(column) for column in zip(*rows))
        print(f"session checks, {what:6} p50 {p50:7.2f} ms   p99 {p99:7.2f} ms")
    ratio = statistics.median(b[1] / i[1] for b, i in zip(busy, idle))
    print(f"p99 of checks during the flood, in units of the idle one: {ratio:.2f}")
    print("logins answered: " + ", ".join(f"{n} x {s}" for s, n in sorted(answers.items())))
    print(f"largest private memory of the program: {peak[0] / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
