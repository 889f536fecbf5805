#!/usr/bin/python3
"""bench - what the gate costs: a file that is asked about, and the same file without the gate

Usage: bench.py BUILD_DIR [seconds] [rounds] [nginx|lighttpd|apache|caddy ...]

The web servers run the files that we ship (tests/behaviour/gate/site.py), each beside a second one
with the same configuration in which nothing asks the gate.  wrk drives both in turn, several
rounds, with 64 connections and with 16.  Prints medians: requests/s of both, their ratio, p99 of
both, and the gate's own CPU for a check.  Ratios are what to look at; figures of one machine at
one time are not another's, and on a machine that is busy with something else they are no result.
"""
import os
import pathlib
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "behaviour"))
sys.dont_write_bytecode = True
os.environ["PATH"] += ":/usr/sbin"
CONNECTIONS = (64, 16)
TICK = os.sysconf("SC_CLK_TCK")
BUSY_LOAD = 0.5

# What makes nothing ask, of the shipped text.
OPEN = {
    "nginx": (("auth_request /_gate/check;", ""),),
    "lighttpd": (('"mode" => "authorizer"', '"mode" => "responder"'),
                 ('$HTTP["url"] !~ "^/_gate/"', '$HTTP["url"] == "/none"'),
                 ("magnet.attract-physical-path-to", "#")),
    "apache": (("\tRequire valid-user\n", "\tRequire all granted\n"),
               ("\tAuthnzFcgiCheckAuthnProvider", "\t#"), ("\tAuthType Sessiongate\n", "")),
    "caddy": (("import sessiongate gate_check any\n\t\troot", "root"),),
}


def opened(server):
    def edit(text):
        for old, new in OPEN[server]:
            text = text.replace(old, new)
        return text
    return edit


def wrk(url, connections, seconds, cookie):
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url, "-H",
                          f"Cookie: {cookie}"], capture_output=True, text=True, check=True).stdout
    n = int(re.search(r"(\d+) requests in", out)[1])
    # Servers close kept connections now and then, which wrk counts as errors of reading.
    broken = re.search(r"read (\d+)", out)
    if "Non-2xx" in out or (broken and int(broken[1]) > n / 20):
        raise SystemExit(f"{url}: {out}")
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    return (n, float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
            float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit])


def ticks(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total


def measure(site, server, seconds, rounds):
    cookie = "=".join(site.sessions[next(iter(site.sessions))[0], "http"])
    with site.variant(server, opened(server)) as without:
        for connections in CONNECTIONS:
            rows = []
            for _ in range(rounds):
                _, static, static_p99 = wrk(f"{without.origin}/static/a.txt", connections, seconds, cookie)
                before = ticks(site.program.children())
                n, gated, p99 = wrk(f"{site.url(server)}/static/a.txt", connections, seconds, cookie)
                cpu = (ticks(site.program.children()) - before) / TICK / n * 1e6
                rows.append((static, gated, gated / static, static_p99, p99, cpu))
            print(f"{server:9} {connections:11d} {{:9.0f}} {{:8.0f}} {{:6.1%}} {{:10.2f}} {{:9.2f}} {{:7.1f}}"
                  .format(*(statistics.median(column) for column in zip(*rows))))


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    os.environ["BUILD"] = str(pathlib.Path(sys.argv[1]).resolve())
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    from gate.matrix import prepare     # pylint: disable=import-outside-toplevel
    from gate.site import SERVERS, Site     # pylint: disable=import-outside-toplevel
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors; load before: {load:.2f}; wrk, medians of {rounds} rounds of {seconds} s")
    if load > BUSY_LOAD:
        print("NO RESULT: the machine is busy with something else")
    site = Site(sys.argv[4:] or SERVERS)
    try:
        prepare(site)
        print("server    connections  static/s  gated/s  ratio static p99 gated p99 gate us")
        for server in site.servers:
            measure(site, server, seconds, rounds)
    finally:
        site.stop()


if __name__ == "__main__":
    main()
