"""harness - start the program and a web server for one proof, and stop them again

Everything lives in a directory of its own; nothing listens but unix sockets and, for nginx,
one loopback port that the kernel chose.
"""
import asyncio
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from fcgi import PATIENCE_S, Closed, Connection

os.environ["PATH"] += ":/usr/sbin"

# automake's TESTS run in the top of the build tree.
APP = pathlib.Path(os.environ.get("ECHO_APP", "tests/proof/serve/echo_app")).resolve()

NGINX = """
worker_processes {workers};
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/nginx.log warn;
worker_rlimit_nofile 8192;
{user}
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {dir}/t1; fastcgi_temp_path {dir}/t2; proxy_temp_path {dir}/t3;
    uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
    client_max_body_size 4m;
    upstream app {{ server unix:{socket}; {keepalive} }}
    server {{
        listen unix:{dir}/http;
        keepalive_requests 100000000;
        location / {{
            fastcgi_pass app;
            {keep_conn}
            fastcgi_read_timeout 60s;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param SCRIPT_NAME $uri;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param REMOTE_ADDR $remote_addr;
            fastcgi_param REQUEST_ID $request_id;
        }}
    }}
}}
"""


def scale(default):
    """How much of it: PROOF_SCALE multiplies; 1 is the short version."""
    return int(default * float(os.environ.get("PROOF_SCALE", "1")))


def wait_until(is_so, problem):
    """Returns when is_so() is true."""
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, problem
        time.sleep(0.01)


def is_listening(path):
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
        return True
    except OSError:
        return False


class Skipped(Exception):
    """A tool is missing."""


class Stage:
    """with Stage() as stage: the directory and all that was started in it."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="serve-"))
        self.dir.chmod(0o755)
        self.socket = str(self.dir / "app")
        self.http = str(self.dir / "http")
        self.gate = str(self.dir / "gate")
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # In a build with sanitizers they write here.
        reports = [x for x in ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                               "WARNING: ThreadSanitizer", "runtime error:")
                   if (self.dir / "app.log").exists() and x in self.log()]
        if kind is not None or reports:
            for name in ("app.log", "nginx.log"):
                if (self.dir / name).exists():
                    text = (self.dir / name).read_text(errors="replace")
                    print(f"--- {name}\n{text[-4000:]}")
        shutil.rmtree(self.dir, ignore_errors=True)
        if reports:
            raise AssertionError(f"the log has {reports}")

    def app(self, *options, limits="", ready=True, env=None):
        """Start the program; returns when it serves."""
        log = open(self.dir / "app.log", "ab")
        command = [str(APP), "--listen", "unix:" + self.socket, *options]
        if limits:
            command = ["sh", "-c", limits + '; exec "$@"', "sh", *command]
        process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL,
                                   env={**os.environ, "ECHO_GATE": str(self.gate), **(env or {})})
        log.close()
        self.processes.append(process)
        if ready:
            self.wait_for_log("event=ready")
        return process

    def log(self):
        return (self.dir / "app.log").read_text(errors="replace")

    def wait_for_log(self, text, count=1):
        wait_until(lambda: self.log().count(text) >= count,
                   f"the log does not say {text!r} {count} times")

    def open_gate(self, n):
        """Let all go on that /hold-n holds."""
        open(f"{self.gate}-{n}", "wb").close()

    def nginx(self, workers=1, keepalive=64):
        if shutil.which("nginx") is None:
            raise Skipped("nginx is not installed")
        (self.dir / "nginx.conf").write_text(NGINX.format(
            dir=self.dir, socket=self.socket, workers=workers,
            user="user root;" if os.getuid() == 0 else "",
            keepalive=f"keepalive {keepalive};" if keepalive else "",
            keep_conn="fastcgi_keep_conn on;" if keepalive else ""))
        process = subprocess.Popen(["nginx", "-p", self.dir, "-c", self.dir / "nginx.conf"],
                                   stderr=subprocess.DEVNULL)
        self.processes.append(process)
        wait_until(lambda: is_listening(self.http), "nginx does not start")
        return process


def workers_of(process):
    try:
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN, or it has ended
        children = subprocess.run(["ps", "--ppid", str(process.pid), "-o", "pid="],
                                  capture_output=True, text=True, check=False).stdout
    return [int(x) for x in children.split()]


def n_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


async def http_request(reader, writer, path, method="GET", body=b""):
    """Status and body of one request on a connection that stays open."""
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\n"
    if body or method in ("POST", "PUT"):
        head += f"Content-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"\r\n" + body)
    head = await reader.readuntil(b"\r\n\r\n")
    n = 0
    is_last = False
    for line in head.split(b"\r\n"):
        name, _, value = line.lower().partition(b":")
        if name == b"content-length":
            n = int(value)
        elif name == b"connection" and value.strip() == b"close":
            is_last = True
    content = await reader.readexactly(n) if method != "HEAD" else b""
    return int(head.split(None, 2)[1]), content, is_last


class Load:
    """Clients that send one request after another until told to stop."""

    def __init__(self, path, clients, make, check):
        self.path, self.clients, self.make, self.check = path, clients, make, check
        self.n, self.failed, self.slowest = 0, [], 0.0
        self.n_of = [0] * clients   # answers that each has got
        self.is_ending = False

    async def client(self, number):
        reader = writer = None
        k = 0
        while not self.is_ending:
            k += 1
            start = time.monotonic()
            try:
                if writer is None:
                    reader, writer = await asyncio.open_unix_connection(self.path)
                what = self.make(number, k)
                status, body, is_last = await asyncio.wait_for(
                    http_request(reader, writer, *what), PATIENCE_S)
                problem = self.check(what, status, body)
                if is_last:
                    writer.close()
                    writer = None
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as e:
                problem = repr(e)
                writer = None
            self.slowest = max(self.slowest, time.monotonic() - start)
            self.n += 1
            self.n_of[number] += 1
            if problem:
                self.failed.append(problem)
        if writer is not None:
            writer.close()

    async def run(self, n, n_each=1, meanwhile=None):
        """Until there are n answers in all, n_each for everybody, and meanwhile has ended."""
        clients = [asyncio.create_task(self.client(i)) for i in range(self.clients)]
        other = asyncio.create_task(meanwhile(self)) if meanwhile else None
        while not self.failed and (self.n < n or min(self.n_of) < n_each):
            await asyncio.sleep(0.01)
        if other:
            await other
        self.is_ending = True
        await asyncio.gather(*clients)

    def report(self, name):
        print(f"{name}: {self.n} requests, {len(self.failed)} failed, "
              f"slowest {self.slowest * 1000:.0f} ms")


def echo_check(what, status, body):
    """Is it the answer to this very request?"""
    query = what[0].partition("?")[2]
    if status != 200:
        return f"status {status}"
    if not body.startswith(f"query={query} ".encode()):
        return f"another request's answer: asked {query}, got {body[:60]!r}"
    return None


def main(*proofs):
    try:
        for proof in proofs:
            start = time.monotonic()
            proof()
            print(f"ok {proof.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
    except Skipped as e:
        print(f"skipped: {e}")
        sys.exit(77)
