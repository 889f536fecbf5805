#!/usr/bin/python3
"""bench - how many passwords are looked at in a minute, whoever guesses, and what a user feels of it

Usage: bench.py BUILD_DIR [seconds]

The program with four workers and the default limits; clients that speak FastCGI guess as often as
they are answered, for so many seconds (60, so that it is a minute), at 1 and 10,000 accounts (of which one in ten has a
user) from 1 and 1000 networks, by the form and by Basic, each with a program of its own, side by side.
Printed are the guesses that were sent in that time, those whose password was looked at, and how many of them
there would be with the throttle off (from some seconds of it).  An address that no user has costs the form no hash.
Meanwhile the user of the first account, at whom all guess, signs in by the form from a network where he has been
before, again and again: milliseconds, median and p99, beside those before anybody guessed, and the
ratio of each.
"""
import base64
import concurrent.futures
import json
import math
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "proof/serve"))
from fcgi import PATIENCE_S, Connection, status_of, wait_until_up  # noqa: E402

N_CLIENTS, OFF_S, IDLE_S = 16, 2, 3
HOME = "192.0.2.1"
LEGACY = "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c75967"  # fake pwd


def guess(connection, account, network, is_form, switch):
    extra = [("REMOTE_ADDR", f"10.{network // 65536}.{network // 256 % 256}.{network % 256}"),
             ("LOGIN_THROTTLE", switch)]
    if is_form:
        body = urllib.parse.urlencode({"email": f"user{account}@hbtn.io", "password": "x"}).encode()
        return status_of(connection.get("/api/v1/auth_session/login", method="POST", body=body, extra=[
            *extra, ("AUTH_TYPE", "session_auth"), ("CONTENT_TYPE", "application/x-www-form-urlencoded")]))
    value = base64.b64encode(f"user{account}@hbtn.io:x".encode()).decode()
    return status_of(connection.get("/api/v1/users/me", extra=[
        *extra, ("AUTH_TYPE", "basic_auth"), ("HTTP_AUTHORIZATION", "Basic " + value)]))


def measure(path, seconds, n_accounts, n_networks, is_form, switch):
    """Sent and looked at, in so many seconds."""
    statuses, until = [], time.monotonic() + seconds

    def client(k):
        connection = Connection(path)
        i = k
        while time.monotonic() < until:
            statuses.append(guess(connection, i % n_accounts, i % n_networks, is_form, switch))
            i += N_CLIENTS
        connection.close()

    threads = [threading.Thread(target=client, args=(k,)) for k in range(N_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    n_looked = sum(status in (401, 403, 404) for status in statuses)
    return len(statuses), n_looked


def sign_in(connection):
    """The user's own: in milliseconds, and the status."""
    body = urllib.parse.urlencode({"email": "user0@hbtn.io", "password": "fake pwd"}).encode()
    start = time.perf_counter()
    answer = connection.get("/api/v1/auth_session/login", method="POST", body=body, extra=[
        ("AUTH_TYPE", "session_auth"), ("CONTENT_TYPE", "application/x-www-form-urlencoded"),
        ("REMOTE_ADDR", HOME)])
    ms = (time.perf_counter() - start) * 1000
    return ms, status_of(answer)


def sign_ins(path, seconds):
    """Of one after the other: the times of those that got in, and the status of the others."""
    until = time.monotonic() + seconds
    connection = Connection(path)
    times = [sign_in(connection)]
    while time.monotonic() < until:
        times.append(sign_in(connection))
    connection.close()
    return [ms for ms, status in times if status == 200], [s for _, s in times if s != 200]


def p99(times):
    return sorted(times)[max(0, -(-len(times) * 99 // 100) - 1)]


class Site:
    """A program with its users."""

    def __init__(self, build):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="guess-"))
        self.path, options = str(self.directory / "socket"), []
        for name in ("data", "run"):
            (self.directory / name).mkdir(0o700)
            options += [f"--{name}-dir", self.directory / name]
        now = "2017-10-16T04:23:04"
        users = {}
        for k in range(0, 10000, 10):
            key = str(uuid.uuid4())
            users[key] = {"id": key, "email": f"user{k}@hbtn.io", "_password": LEGACY, "first_name": None,
                          "last_name": None, "created_at": now, "updated_at": now}
        (self.directory / "users.json").write_text(json.dumps(users))
        subprocess.run([build / "sessiongatectl", *options, "user", "import",
                        self.directory / "users.json"], check=True, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen(
            [build / "sessiongate", *options, "--listen", "unix:" + self.path, "--workers", "4",
             "--log-level", "error"], stdin=subprocess.DEVNULL)
        wait_until_up(self.path, self.process)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)
        shutil.rmtree(self.directory)


def run(build, seconds, *what):
    """The guesses, the user's times before, meanwhile, and how he was refused."""
    site = Site(build)
    try:
        # At the first one the old hash becomes one of today's.
        sign_ins(site.path, 0)
        idle, _ = sign_ins(site.path, IDLE_S)
        off = measure(site.path, OFF_S, *what, "off")[1] * seconds / OFF_S
        # A process of its own: in one with those who guess he would wait for them.
        with concurrent.futures.ProcessPoolExecutor(1) as user:
            meanwhile = user.submit(sign_ins, site.path, seconds)
            sent, looked_at = measure(site.path, seconds, *what, "on")
            return sent, looked_at, off, idle, *meanwhile.result()
    finally:
        site.stop()


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    print(f"{'':30} {f'guesses in {seconds} s':^35} {'a known user signs in, ms: idle -> meanwhile':^50}")
    print(f"{'accounts':>8} {'networks':>8} {'':>5} {'sent':>14} {'looked at':>10} {'throttle off':>12} "
          f"{'median':>20} {'p99':>20} {'times':>6}")
    for n_accounts, n_networks in (1, 1), (1, 1000), (10000, 1), (10000, 1000):
        with concurrent.futures.ProcessPoolExecutor(2) as both:
            running = {is_form: both.submit(run, build, seconds, n_accounts, n_networks, is_form)
                       for is_form in (True, False)}
        for is_form, result in running.items():
            sent, looked_at, off, idle, times, refused = result.result()
            if not times:
                times = [math.nan]
            pairs = [f"{a:.0f} -> {b:.0f} ({b / a:.1f})" for a, b in (
                (statistics.median(idle), statistics.median(times)), (p99(idle), p99(times)))]
            print(f"{n_accounts:8} {n_networks:8} {'form' if is_form else 'Basic':>5} {sent:14.0f} "
                  f"{looked_at:10.0f} {off:12.0f} {pairs[0]:>20} {pairs[1]:>20} {len(times):6}"
                  f"{f', refused: {refused}' if refused else ''}", flush=True)


if __name__ == "__main__":
    main()
