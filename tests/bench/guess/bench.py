#!/usr/bin/python3
"""bench - how many passwords are looked at in a minute, whoever guesses

Usage: bench.py BUILD_DIR [seconds]

The program with four workers and the default limits; clients that speak FastCGI guess as often as
they are answered, for so many seconds (60), at 1 and 10,000 accounts (of which one in ten has a
user) from 1 and 1000 networks, by the form and by Basic.  Printed are the guesses that were sent in
that time, those whose password was looked at, and how many of them there would be with the throttle off
(from some seconds of it).  An address that no user has costs the form no hash.
"""
import base64
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "proof/serve"))
from fcgi import PATIENCE_S, Connection, status_of  # noqa: E402

N_CLIENTS, OFF_S = 16, 3
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


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    print(f"in {seconds} s:")
    print(f"{'accounts':>8} {'networks':>8} {'':>5} {'sent':>9} {'looked at':>13} {'throttle off':>12}")
    for n_accounts, n_networks in (1, 1), (1, 1000), (10000, 1), (10000, 1000):
        for is_form in True, False:
            directory = pathlib.Path(tempfile.mkdtemp(prefix="guess-"))
            try:
                rates = run(build, directory, seconds, n_accounts, n_networks, is_form)
            finally:
                shutil.rmtree(directory)
            print(f"{n_accounts:8} {n_networks:8} {'form' if is_form else 'Basic':>5} "
                  f"{rates[0]:9.0f} {rates[1]:13.0f} {rates[2]:12.0f}", flush=True)


def run(build, directory, seconds, *what):
    """Sent, looked at, and looked at without the throttle."""
    options, path = [], str(directory / "socket")
    for name in ("data", "run"):
        (directory / name).mkdir(0o700)
        options += [f"--{name}-dir", directory / name]
    now = "2017-10-16T04:23:04"
    users = {}
    for k in range(0, 10000, 10):
        key = str(uuid.uuid4())
        users[key] = {"id": key, "email": f"user{k}@hbtn.io", "_password": LEGACY, "first_name": None,
                      "last_name": None, "created_at": now, "updated_at": now}
    (directory / "users.json").write_text(json.dumps(users))
    subprocess.run([build / "sessiongatectl", *options, "user", "import", directory / "users.json"],
                   check=True, stdout=subprocess.DEVNULL)
    process = subprocess.Popen([build / "sessiongate", *options, "--listen", "unix:" + path, "--workers",
                                "4", "--log-level", "error"], stdin=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE_S
        while not os.path.exists(path):
            assert process.poll() is None and time.monotonic() < until, "it does not start"
            time.sleep(0.01)
        off = measure(path, OFF_S, *what, "off")[1] * seconds / OFF_S
        return (*measure(path, seconds, *what, "on"), off)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


if __name__ == "__main__":
    main()
