#!/usr/bin/python3
"""bench - how long signed-in users wait during a flood of logins

Usage: bench.py BUILD_DIR [seconds] [rounds]

The program behind nginx, hashes at their default cost, sessions in the database.  12 clients sign
out (each time with another session), 12 change a name, 12 check a session, each ten times a
second over a kept connection: first alone, then while 400 strangers guess a password at once,
again and again.  Prints p50 and p99 of each in both cases and their ratio (medians over the
rounds), how the strangers were answered, and the largest private memory of the program.  12 more
ask the web server alone for a constant: this row, floor, is what the kernel, the web server and
the clients here take without us.  Fails when one of those who are signed in gets another answer than 200, or a stranger one that is
neither 401 nor 503.

The strangers run with the least priority and the longest slice, as the hashes do: in earnest
their processors are elsewhere.
"""
import asyncio
import collections
import ctypes
import json
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "web"))
import bench as web  # noqa: E402

N_STRANGERS = 400
N_CLIENTS = 12       # of each kind
PAUSE_S = 0.1
# The strangers are to hash all the time.
UNTHROTTLED = [word for name in ("tries", "network-tries", "account-tries")
               for word in (f"--throttle-{name}", "1000000")]
KINDS = ("logout", "rename", "check", "floor")
API = b"/api/v1"


def request(method, path, cookie=b"", content_type=b"", body=b"", kept=True):
    return (method + b" " + API + path + b" HTTP/1.1\r\nHost: localhost\r\n"
            + (b"Cookie: " + cookie + b"\r\n" if cookie else b"")
            + (b"Content-Type: " + content_type + b"\r\n" if content_type else b"")
            + b"Content-Length: %d\r\n" % len(body)
            + (b"" if kept else b"Connection: close\r\n") + b"\r\n" + body)


def sign_in(email, password, kept=True):
    return request(b"POST", b"/auth_session/login", b"", b"application/x-www-form-urlencoded",
                   b"email=%s&password=%s" % (email, password), kept)


async def answer_of(reader):
    """Status, header block and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    n = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            n = int(value)
    return int(head[9:12]), head, await reader.readexactly(n)


# ------------------------------------------------------------------------- strangers


async def stranger(port, answers, wrong):
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sign_in(b"bob@hbtn.io", b"other", kept=False))
        answer = await reader.read()
        writer.close()
        status = int(answer[9:12] or 0)
        answers[status] += 1
        if status not in (401, 503):
            wrong.append(answer[:200].decode("latin-1"))


async def all_strangers(port, seconds, directory):
    answers, wrong = collections.Counter(), []
    tasks = [asyncio.create_task(stranger(port, answers, wrong)) for _ in range(N_STRANGERS)]
    until = time.monotonic() + seconds
    while time.monotonic() < until and not (directory / "enough").exists():
        await asyncio.sleep(0.05)
        if answers:
            (directory / "flood").touch()
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
    print(json.dumps({"answers": answers, "wrong": wrong[:3]}))


def yield_to_others():
    """The least priority, and as slice the longest that there is (Linux 6.12; see work_queue.c)."""
    os.nice(19)
    number = {"x86_64": 314, "aarch64": 274}.get(os.uname().machine)
    attr = struct.pack("=IIQiIQQQ", 48, 0, 0, 19, 0, 100 * 1000 * 1000, 0, 0)
    if number is not None:
        ctypes.CDLL(None).syscall(number, 0, attr, 0)


class Flood:
    """They sign in until they are told to end, in a process of their own."""

    def __init__(self, port, directory):
        self.dir = directory
        for name in ("flood", "enough"):
            (directory / name).unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--strangers", str(port), str(directory)],
            stdout=subprocess.PIPE, preexec_fn=yield_to_others)
        web.wait_until("the flood", (directory / "flood").exists)
        time.sleep(0.5)

    def end(self):
        (self.dir / "enough").touch()
        told = json.loads(self.process.communicate(timeout=60)[0])
        if told["wrong"]:
            raise SystemExit(f"flood: strangers were answered {told['wrong']}")
        return collections.Counter({int(k): n for k, n in told["answers"].items()})


# ------------------------------------------------------------------- those who are in


class Crowd:
    def __init__(self, web, sessions, users):
        self.web, self.sessions, self.users = web, sessions, users

    def next_request(self, kind, k):
        if kind == "floor":
            return b"GET /return/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
        if kind == "logout":
            return request(b"DELETE", b"/auth_session/logout", self.sessions.pop())
        cookie, user_id = self.users[k]
        if kind == "check":
            return request(b"GET", b"/users/me", cookie)
        return request(b"PUT", b"/users/" + user_id, cookie, b"application/json",
                       b'{"first_name": "%d"}' % time.monotonic_ns())

    async def client(self, kind, k, until, times):
        port = self.web.port if kind == "floor" else self.web.ports["ours"]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(PAUSE_S * k / N_CLIENTS)
        while time.monotonic() < until:
            what = self.next_request(kind, k)
            begin = time.monotonic()
            writer.write(what)
            status, head, _ = await answer_of(reader)
            took = time.monotonic() - begin
            times[kind].append(took * 1e3)
            if status != 200:
                raise SystemExit(f"flood: a {kind} was answered {head}")
            await asyncio.sleep(max(0, PAUSE_S - took))
        writer.close()

    async def all(self, seconds):
        times = collections.defaultdict(list)
        until = time.monotonic() + seconds
        await asyncio.gather(*(self.client(kind, k, until, times)
                               for kind in KINDS for k in range(N_CLIENTS)))
        return times

    def measure(self, seconds):
        """kind -> p50, p99."""
        times = asyncio.run(self.all(seconds))
        return {kind: (statistics.median(t), sorted(t)[int(len(t) * 0.99)])
                for kind, t in times.items()}


async def make_sessions(port, emails):
    """A cookie for each."""
    cookies = []

    async def client(mine):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for email in mine:
            writer.write(sign_in(email, b"fake+pwd"))
            status, head, _ = await answer_of(reader)
            if status != 200:
                raise SystemExit(f"flood: no session: {head}")
            cookies.append((email, head.split(b"Set-Cookie: ")[1].split(b";")[0]))
        writer.close()

    await asyncio.gather(*(client(emails[k::16]) for k in range(16)))
    return cookies


def start_ours(bench, *options):
    dirs = ["--data-dir", bench.dir / "data", "--run-dir", bench.dir / "run"]
    return bench.add("ours", "sessiongate", None, bench.build / "sessiongate", "--listen",
                     f"unix:{bench.dir}/ours.sock", *dirs, "--log-level", "error",
                     "--max-user-sessions", "0", *UNTHROTTLED, *options)


def prepare(bench, n_sessions):
    """Sessions, made while hashes cost little; and users with one each, to change their names."""
    dirs = []
    for name in ("data", "run"):
        (bench.dir / name).mkdir(0o700)
        dirs += [f"--{name}-dir", str(bench.dir / name)]
    emails = [b"user%d@hbtn.io" % k for k in range(N_CLIENTS)]
    for email in [b"bob@hbtn.io", *emails]:
        subprocess.run([bench.build / "sessiongatectl", *dirs, "--hash-cost", "1", "user", "add",
                        email], input=b"fake pwd\n", check=True, capture_output=True)
    side = start_ours(bench, "--hash-cost", "1")
    sessions = asyncio.run(make_sessions(bench.web.ports["ours"], [b"bob@hbtn.io"] * n_sessions))
    users = []
    for email, cookie in asyncio.run(make_sessions(bench.web.ports["ours"], emails)):
        users.append((cookie, json.loads(asyncio.run(who_am_i(bench.web.ports["ours"], cookie)))["id"]
                      .encode()))
    bench.stop(side.process)
    return [cookie for _, cookie in sessions], users


async def who_am_i(port, cookie):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request(b"GET", b"/users/me", cookie))
    _, _, body = await answer_of(reader)
    writer.close()
    return body


def watch_memory(side, peak, over):
    while not over.is_set():
        try:
            peak[0] = max(peak[0], web.private_kib(side.pids()))
        except OSError:
            pass
        time.sleep(0.2)


def show(idle, busy):
    print(f"{'':8} {'idle p50':>9} {'p99':>8} {'flood p50':>10} {'p99':>8} {'ratio of p99':>13}")
    for kind in KINDS:
        row = [statistics.median(r[kind][i] for r in rows) for rows in (idle, busy)
               for i in (0, 1)]
        ratio = statistics.median(b[kind][1] / i[kind][1] for b, i in zip(busy, idle))
        print(f"{kind:8} {row[0]:6.2f} ms {row[1]:5.2f} ms {row[2]:7.2f} ms {row[3]:5.2f} ms "
              f"{ratio:13.2f}")


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    if sys.argv[1] == "--strangers":
        asyncio.run(all_strangers(int(sys.argv[2]), 120, pathlib.Path(sys.argv[3])))
        return
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    directory = pathlib.Path(tempfile.mkdtemp(prefix="flood-"))
    web.AUTH_TYPE = "session_db_auth"
    bench = web.Bench(pathlib.Path(sys.argv[1]).resolve(), directory)
    idle, busy, answers = [], [], collections.Counter()
    peak, over, flood = [0], threading.Event(), None
    try:
        bench.web = web.Web(bench, "nginx")
        sessions, users = prepare(
            bench, int(2 * rounds * N_CLIENTS * (seconds / PAUSE_S + 2)))
        side = start_ours(bench)
        watcher = threading.Thread(target=watch_memory, args=(side, peak, over))
        watcher.start()
        crowd = Crowd(bench.web, sessions, users)
        for _ in range(rounds):
            idle.append(crowd.measure(seconds))
            flood = Flood(bench.web.ports["ours"], directory)
            busy.append(crowd.measure(seconds))
            answers += flood.end()
            flood = None
    finally:
        over.set()
        if flood is not None:
            flood.process.kill()
        bench.stop()
        shutil.rmtree(directory)
    print(f"{N_CLIENTS} of each, {1 / PAUSE_S:.0f} times a second; {N_STRANGERS} strangers")
    show(idle, busy)
    print("none of them was refused")
    print("strangers answered: " + ", ".join(f"{n} x {s}" for s, n in sorted(answers.items())))
    print(f"largest private memory of the program: {peak[0] / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
