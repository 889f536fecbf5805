#!/usr/bin/python3
"""bench - what serving costs, side by side behind one nginx

Usage: bench.py BUILD_DIR [seconds] [rounds]

Starts nginx (one worker), the program with a constant answer (tests/proof/serve/echo_app) and
the plain libfcgi responder with 128 threads, and drives each through nginx with wrk in turn,
with connections kept and closed.  Prints requests/s, latency, and the CPU each request takes in
the application and in nginx: medians over the rounds.  Needs nginx and wrk.
"""
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

CONNECTIONS = 64
TICK = os.sysconf("SC_CLK_TCK")

NGINX = """
worker_processes 1;
daemon off;
master_process off;
pid {dir}/nginx.pid;
error_log {dir}/error.log warn;
{user}
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body;
    fastcgi_temp_path {dir}/fastcgi;
    proxy_temp_path {dir}/proxy;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    {upstreams}
    server {{
        listen unix:{dir}/http;
        listen 127.0.0.1:{port};
        keepalive_requests 100000000;
        location = /return {{ return 200 "{{}}\\n"; }}
        {locations}
    }}
}}
"""

LOCATION = """
        location = /{name}-{kind} {{
            fastcgi_pass {name}_{kind};
            {keep}
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param REQUEST_URI $request_uri;
            fastcgi_param SCRIPT_NAME /constant;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param SERVER_PROTOCOL $server_protocol;
            fastcgi_param REMOTE_ADDR $remote_addr;
            fastcgi_param REMOTE_PORT $remote_port;
            fastcgi_param SERVER_NAME $server_name;
            fastcgi_param REQUEST_ID $request_id;
        }}
"""


def cpu_ticks(pids):
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}").glob("stat"):
            fields = task.read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total


def children(pid):
    out = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True,
                         text=True, check=False).stdout
    return [int(x) for x in out.split()]


def private_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(x) for x in re.findall(r"Private_\w+:\s+(\d+) kB", text))


def wrk(port, path, seconds):
    out = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency",
         f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    n = int(re.search(r"(\d+) requests in", out).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))

    def latency(which):
        value, unit = re.search(which + r"%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]

    errors = "Socket errors" in out or "Non-2xx" in out
    return n, rate, latency("50"), latency("99"), errors


def wait_for(path):
    for _ in range(100):
        if path.exists():
            return
        time.sleep(0.05)
    raise SystemExit(f"bench: {path} does not appear")


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    for tool in ("nginx", "wrk"):
        if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin") is None:
            raise SystemExit(f"bench: needs {tool}")
    os.environ["PATH"] += ":/usr/sbin"
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
    directory.chmod(0o755)
    port = free_port()
    upstreams = locations = ""
    apps = {"ours": "sessiongate", "plain": "plain libfcgi, 128 threads"}
    for name in apps:
        for kind in ("kept", "closed"):
            keepalive = f"keepalive {CONNECTIONS};" if kind == "kept" else ""
            upstreams += (f"upstream {name}_{kind} {{ server unix:{directory}/{name}; "
                          f"{keepalive} }}\n")
            locations += LOCATION.format(
                name=name, kind=kind,
                keep="fastcgi_keep_conn on;" if kind == "kept" else "")
    (directory / "nginx.conf").write_text(NGINX.format(
        dir=directory, port=port, upstreams=upstreams, locations=locations,
        user="user root;" if os.getuid() == 0 else ""))
    running = []
    try:
        running.append(subprocess.Popen(
            [build / "tests/proof/serve/echo_app", "--listen", f"unix:{directory}/ours",
             "--workers", "1", "--threads", os.environ.get("BENCH_THREADS", "2")],
            stderr=subprocess.DEVNULL))
        running.append(subprocess.Popen(
            [build / "tests/bench/serve/plain_responder", directory / "plain", "128"]))
        running.append(subprocess.Popen(
            ["nginx", "-p", directory, "-c", directory / "nginx.conf"],
            stderr=subprocess.DEVNULL))
        for name in apps:
            wait_for(directory / name)
        wait_for(directory / "http")
        time.sleep(0.3)
        worker = children(running[0].pid)
        pids = {"ours": worker, "plain": [running[1].pid]}
        nginx = [running[2].pid]
        print(f"memory of an idle worker: {private_kib(worker[0])} KiB private")
        results = {}
        for _ in range(rounds):
            for kind in ("kept", "closed"):
                for name in apps:
                    before = cpu_ticks(pids[name]), cpu_ticks(nginx)
                    n, rate, p50, p99, errors = wrk(port, f"/{name}-{kind}", seconds)
                    after = cpu_ticks(pids[name]), cpu_ticks(nginx)
                    if errors:
                        raise SystemExit(f"bench: errors at {name} {kind}")
                    us = [(a - b) / TICK / n * 1e6 for a, b in zip(after, before)]
                    results.setdefault((kind, name), []).append((rate, p50, p99, *us))
        print(f"{'connection':10} {'responder':28} {'requests/s':>10} {'p50 ms':>7} "
              f"{'p99 ms':>7} {'CPU us':>7} {'nginx us':>8} {'ratio':>6}")
        for kind in ("kept", "closed"):
            base = statistics.median(r[0] for r in results[kind, "plain"])
            for name, label in apps.items():
                m = [statistics.median(column) for column in zip(*results[kind, name])]
                print(f"{kind:10} {label:28} {m[0]:10.0f} {m[1]:7.2f} {m[2]:7.2f} "
                      f"{m[3]:7.1f} {m[4]:8.1f} {m[0] / base:6.2f}")
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(20)
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
