#!/usr/bin/python3
"""bench - how long session checks wait during a reload

Usage: bench.py BUILD_DIR [users] [reloads]

The program on its socket, without a web server, with so many users (default 200,000) in the
journal.  Two clients check a session, one over a kept connection, one over a new one each time,
while the program is told to reload (SIGHUP) so many times (default 20), each time when the workers
before have gone.  Prints the longest check, and the longest of as long a time without a reload.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "proof" / "serve"))
import fcgi  # noqa: E402

PASSWORD = "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c75967"  # "fake pwd"
PATIENCE_S = 120


def write_users(path, n):
    users = {}
    for k in range(n):
        key = str(uuid.UUID(int=k + 1, version=4))
        users[key] = {"id": key, "email": f"user{k}@example.org", "_password": PASSWORD,
                      "first_name": None, "last_name": None,
                      "created_at": "2020-01-01T00:00:00", "updated_at": "2020-01-01T00:00:00"}
    path.write_text(json.dumps(users))


class Client(threading.Thread):
    """Checks a session again and again, and notes the longest."""

    def __init__(self, socket, cookie, is_kept):
        super().__init__()
        self.socket, self.is_kept, self.is_over = socket, is_kept, False
        self.extra = [("HTTP_COOKIE", cookie)]
        self.longest_s, self.n, self.wrong = 0, 0, None

    def run(self):
        connection = None
        while not self.is_over:
            start = time.monotonic()
            connection = connection or fcgi.Connection(self.socket)
            answer = connection.get("/api/v1/users/me", keep=self.is_kept, extra=self.extra)
            self.longest_s = max(self.longest_s, time.monotonic() - start)
            self.n += 1
            if b"user0@example.org" not in answer:
                self.wrong = answer
                return
            if not self.is_kept:
                connection = None

    def take_longest(self):
        longest_s, self.longest_s = self.longest_s, 0
        return longest_s


def children(pid):
    return set(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"reload: never: {what}")
        time.sleep(0.01)


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    n_users = int(sys.argv[2]) if len(sys.argv) > 2 else 200000
    n_reloads = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    top = pathlib.Path(tempfile.mkdtemp(prefix="reload-"))
    directories = ["--data-dir", str(top / "data"), "--run-dir", str(top / "run")]
    program, clients = None, []
    try:
        for name in ("data", "run"):
            (top / name).mkdir(0o700)
        write_users(top / "users", n_users)
        subprocess.run([build / "sessiongatectl", *directories, "user", "import",
                        top / "users"], check=True, stdout=subprocess.DEVNULL)
        log = open(top / "log", "wb")
        program = subprocess.Popen(
            [build / "sessiongate", *directories, "--listen", f"unix:{top}/s"], stderr=log,
            env={**os.environ, "AUTH_TYPE": "session_auth"})

        def said(text):
            return (top / "log").read_text().count(text)

        wait_for(lambda: said("event=ready"), "ready")
        answer = fcgi.Connection(str(top / "s")).get(
            "/api/v1/auth_session/login", method="POST", keep=False,
            body=b"email=user0%40example.org&password=fake+pwd",
            extra=[("CONTENT_TYPE", "application/x-www-form-urlencoded")])
        cookie = re.search(rb"[Ss]et-[Cc]ookie: ([^;]*)", answer).group(1).decode()
        clients = [Client(str(top / "s"), cookie, is_kept) for is_kept in (True, False)]
        for client in clients:
            client.start()
        time.sleep(1)
        for client in clients:
            client.take_longest()
        start = time.monotonic()
        for k in range(n_reloads):
            before = children(program.pid)
            program.send_signal(signal.SIGHUP)
            wait_for(lambda: said("event=reload generation=") > k, "a reload")
            wait_for(lambda: not before & children(program.pid), "new workers alone")
        seconds = time.monotonic() - start
        busy = [client.take_longest() for client in clients]
        time.sleep(min(seconds, 20))
        idle = [client.take_longest() for client in clients]
    finally:
        for client in clients:
            client.is_over = True
            client.join()
        if program is not None:
            program.terminate()
            program.wait()
        shutil.rmtree(top)
    if any(client.wrong for client in clients):
        raise SystemExit(f"reload: {[c.wrong for c in clients]}")
    print(f"{n_users} users, {n_reloads} reloads in {seconds:.1f} s, "
          f"{sum(c.n for c in clients)} checks")
    for what, row in (("reloads", busy), ("no reload", idle)):
        print(f"longest check, {what:9}  kept {row[0] * 1e3:7.1f} ms   "
              f"a new connection each {row[1] * 1e3:7.1f} ms")


if __name__ == "__main__":
    main()
