#!/usr/bin/python3
"""bench - a signed-in request, side by side with what others use

Usage: bench.py BUILD_DIR [seconds] [rounds] [nginx|lighttpd ...]

Behind one and the same nginx, then one and the same lighttpd, in one run: our GET
/api/v1/users/me with a session; a constant answer from a loop written by hand for nothing else
(constant_loop.c), and from plain libfcgi (128 threads); Flask with gunicorn; PHP-FPM with
session_start; and the web server's own constant answer.  nginx serves each FastCGI program with
the files that we ship (nginx/).  Each is driven with wrk in turn, several rounds; ours and the
loop once more while another process burns a processor.  Prints medians: requests/s, p50 and p99,
CPU per request in the application and in the web server, memory of the application at rest
(private, all its processes), and how long after its start it gave its first answer.

Needs nginx, lighttpd, wrk, gunicorn, python3-flask and php-fpm; what is missing, or fails, is left
out and said so.  Ratios to the loop are what to look at: figures of one machine at one time are
not another's.  On a machine that is busy with something else the figures are no result, and the
table says so.

BENCH_OTHER=BUILD_DIR: sessiongate from there, too, as one more row.
"""
import glob
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SHIPPED = HERE.parents[2] / "nginx"
CONNECTIONS = 64
TICK = os.sysconf("SC_CLK_TCK")
PATH = "/api/v1/users/me"
LOOP = "constant answer, loop by hand"
BUSY_LOAD = 0.5  # more than that before it begins: others are at work


class Failure(Exception):
    """One contestant cannot be measured."""

NGINX = """
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/nginx.log warn;
{user}
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {dir}/t1; fastcgi_temp_path {dir}/t2; proxy_temp_path {dir}/t3;
    uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
    keepalive_requests 100000000;
    upstream flask {{ server unix:{dir}/flask.sock; keepalive 256; }}
    server {{
        listen 127.0.0.1:{port};
        location /return/ {{ return 200 "{{}}\\n"; }}
        {proxy}
    }}
    include {dir}/sites/*.conf;
}}
"""

NGINX_PROXY = """
        location /flask/ {
            proxy_pass http://flask/;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
"""

LIGHTTPD = """
server.document-root = "{dir}/htdocs"
server.port = {port}
server.bind = "127.0.0.1"
server.errorlog = "{dir}/lighttpd.log"
server.max-keep-alive-requests = 100000000
server.modules = ( "mod_rewrite", "mod_setenv", "mod_fastcgi", "mod_proxy" )
setenv.set-environment = ( "AUTH_TYPE" => "session_exp_auth" )
{blocks}
"""

LIGHTTPD_FASTCGI = """
$HTTP["host"] == "{name}" {{
    fastcgi.server = ( "/" => (( "socket" => "{dir}/{name}.sock", "check-local" => "disable",
                                 "disable-time" => 0 )) )
}}
"""

LIGHTTPD_PHP = """
$HTTP["host"] == "php" {{
    url.rewrite-once = ( "^/.*" => "/me.php" )
    fastcgi.server = ( ".php" => (( "socket" => "{dir}/php.sock", "disable-time" => 0 )) )
}}
"""

LIGHTTPD_PROXY = """
$HTTP["host"] == "flask" {{
    proxy.server = ( "" => (( "host" => "{dir}/flask.sock", "disable-time" => 0 )) )
}}
"""


class Side:
    """One contestant: its processes and its cookie."""

    def __init__(self, name, label, process=None, session=None):
        self.name, self.label, self.process, self.session = name, label, process, session
        self.first_answer_ms = self.memory_kib = None

    def pids(self):
        return tree(self.process.pid) if self.process else []


def tree(pid):
    found = [pid]
    out = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True,
                         text=True, check=False).stdout
    for child in out.split():
        found += tree(int(child))
    return found


def cpu_ticks(pids):
    total = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total


def private_kib(pids):
    total = 0
    for pid in pids:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += sum(int(x) for x in re.findall(r"Private_\w+:\s+(\d+) kB", text))
    return total


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(what, ready, seconds=20):
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if ready():
            return (time.monotonic() - begin) * 1e3
        time.sleep(0.002)
    raise Failure(f"{what} does not come up")


def connects(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def answers(url, host):
    """Does the application answer, whatever?  502 to 504 are the web server's own."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host})):
            return True
    except urllib.error.HTTPError as e:
        return e.code < 502
    except OSError:
        return False


AUTH_TYPE = "session_exp_auth"  # as shipped; another benchmark may want another one


def shipped_site(name, socket_path, port, is_kept):
    """nginx/sessiongate.conf, and what it includes, for another program."""
    text, location, params = (
        re.sub(r"(?m)^\s*#.*\n", "", (SHIPPED / file).read_text())
        for file in ("sessiongate.conf", "sessiongate_location", "sessiongate_params"))
    if name.startswith("php"):
        params += f"fastcgi_param SCRIPT_FILENAME {HERE}/me.php;\n"
    if not is_kept:
        text = re.sub(r"\n\s*keepalive \d+;", "", text)
        location = location.replace("fastcgi_keep_conn on;", "")
    location = location.replace("include sessiongate_params;", params)
    text = text.replace("session_exp_auth", AUTH_TYPE)
    for was, now in ((r"include sessiongate_location;", lambda _: location),
                     (r"unix:/run/sessiongate\.sock", f"unix:{socket_path}"),
                     (r"upstream sessiongate\b", f"upstream {name}"),
                     (r"fastcgi_pass sessiongate;", f"fastcgi_pass {name};"),
                     (r"listen 80;", f"listen 127.0.0.1:{port};"), (r"listen \[::\]:80;", "")):
        text, n = re.subn(was, now, text)
        if n == 0:
            raise SystemExit(f"bench: nginx/ has no {was} any more")
    return text


class Web:
    """A web server in front: where each contestant is to be found behind it."""

    def __init__(self, bench, kind):
        self.port, self.kind, self.ports = free_port(), kind, {}
        self.process = getattr(bench, kind)(self)
        try:
            wait_until(kind, lambda: connects(self.port))
        except Failure as e:
            log = bench.dir / f"{kind}.log"
            raise SystemExit(f"bench: {e}\n" + (log.read_text() if log.exists() else "")) from None

    def url(self, name, path=PATH):
        """nginx tells them apart by port, or path; lighttpd by host."""
        if name in self.ports:
            return f"http://127.0.0.1:{self.ports[name]}{path}"
        return f"http://127.0.0.1:{self.port}" + (f"/{name}" if self.kind == "nginx" else "") + path

    def host(self, name):
        return "localhost" if self.kind == "nginx" else name


class Bench:
    def __init__(self, build, directory):
        self.build, self.dir = build, directory
        self.sides, self.running, self.missing = [], [], []
        self.other = os.environ.get("BENCH_OTHER")
        self.web = None

    def start(self, *command, **more):
        process = subprocess.Popen([str(c) for c in command], stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, **more)
        self.running.append(process)
        return process

    def add(self, name, label, session, *command, **more):
        url, host = self.web.url(name), self.web.host(name)
        side = Side(name, label, self.start(*command, **more), session)
        try:
            side.first_answer_ms = wait_until(label, lambda: answers(url, host))
        except Failure as e:
            self.missing.append(f"{label}: {e}")
            return None
        time.sleep(0.3)
        side.memory_kib = private_kib(side.pids())
        self.sides.append(side)
        return side

    def start_ours(self, name="ours", label="sessiongate: GET /users/me, session", build=None):
        build = build or self.build
        dirs = ["--data-dir", self.dir / f"{name}-data", "--run-dir", self.dir / f"{name}-run"]
        for directory in dirs[1::2]:
            directory.mkdir(0o700)
        subprocess.run([build / "sessiongatectl", *map(str, dirs), "user", "add",
                        "bob@hbtn.io"], input=b"fake pwd\n", check=True, capture_output=True)
        self.add(name, label, None, build / "sessiongate", "--listen",
                 f"unix:{self.dir}/{name}.sock", *dirs, "--log-level", "warn")

    def start_loop(self):
        self.add("loop", LOOP, None, self.build / "tests/bench/web/constant_loop",
                 self.dir / "loop.sock")

    def start_plain(self):
        self.add("plain", "plain libfcgi, constant, 128 threads", None,
                 self.build / "tests/bench/serve/plain_responder", self.dir / "plain.sock",
                 "128")

    def start_flask(self):
        gunicorn = shutil.which("gunicorn")
        if gunicorn is None or subprocess.run(["/usr/bin/python3", "-c", "import flask"],
                                              capture_output=True, check=False).returncode:
            self.missing.append("Flask: not installed (gunicorn, python3-flask)")
            return
        session = "9d1648aa-da79-4692-8236-5f9d7f9e9485"
        self.add("flask", "Flask, gunicorn, 2 workers x 4 threads", session,
                 "/usr/bin/python3", gunicorn, "-w", "2", "--threads", "4", "-b",
                 f"unix:{self.dir}/flask.sock", "--chdir", HERE, "flask_app:app",
                 env={**os.environ, "BENCH_SESSION": session})

    def start_php(self):
        fpm = sorted(glob.glob("/usr/sbin/php-fpm*"))
        if not fpm:
            self.missing.append("PHP-FPM: not installed (php-fpm)")
            return
        (self.dir / "php").mkdir()
        user = "user = root\ngroup = root\n" if os.getuid() == 0 else ""
        (self.dir / "fpm.conf").write_text(
            f"[global]\nerror_log = {self.dir}/fpm.log\ndaemonize = no\n[www]\n{user}"
            f"listen = {self.dir}/php.sock\npm = static\npm.max_children = 8\n"
            f"php_admin_value[session.save_path] = {self.dir}/php\n")
        session = "bench0123456789abcdefghij"
        user = {"created_at": "2017-10-16 04:23:04", "email": "bob@hbtn.io",
                "first_name": None, "id": "cf3ddee1-ff24-49e4-a40b-2540333fe992",
                "last_name": None, "updated_at": "2017-10-16 04:23:04"}
        parts = "".join(f's:{len(k)}:"{k}";' + ("N;" if v is None else f's:{len(v)}:"{v}";')
                        for k, v in user.items())
        (self.dir / "php" / f"sess_{session}").write_text(f"user|a:{len(user)}:{{{parts}}}")
        allow_root = ["-R"] if os.getuid() == 0 else []
        self.add("php", "PHP-FPM, session_start, 8 children", session, fpm[-1], "-n",
                 *allow_root, "-F", "-y", self.dir / "fpm.conf")

    @staticmethod
    def login(web, name):
        request = urllib.request.Request(web.url(name, "/api/v1/auth_session/login"),
                                         b"email=bob@hbtn.io&password=fake+pwd",
                                         {"Host": web.host(name)})
        with urllib.request.urlopen(request) as answer:
            return re.match(r"_my_session_id=([^;]+)", answer.headers["Set-Cookie"]).group(1)

    def nginx(self, web):
        (self.dir / "sites").mkdir()
        for name in ("ours", "other", "loop", "plain", "php"):
            for site in (name, name + "_closed"):
                web.ports[site] = free_port()
                (self.dir / "sites" / f"{site}.conf").write_text(shipped_site(
                    site, f"{self.dir}/{name}.sock", web.ports[site], site == name))
        (self.dir / "nginx.conf").write_text(NGINX.format(
            dir=self.dir, port=web.port, proxy=NGINX_PROXY,
            user="user root;" if os.getuid() == 0 else ""))
        return self.start("/usr/sbin/nginx", "-p", self.dir, "-c", self.dir / "nginx.conf")

    def lighttpd(self, web):
        (self.dir / "htdocs").mkdir(exist_ok=True)
        (self.dir / "htdocs/static").write_text("{}\n")
        shutil.copy(HERE / "me.php", self.dir / "htdocs/me.php")
        blocks = "".join(LIGHTTPD_FASTCGI.format(name=n, dir=self.dir) for n in ("ours", "other", "loop", "plain"))
        blocks += (LIGHTTPD_PHP + LIGHTTPD_PROXY).format(dir=self.dir)
        (self.dir / "lighttpd.conf").write_text(
            LIGHTTPD.format(dir=self.dir, port=web.port, blocks=blocks))
        return self.start("/usr/sbin/lighttpd", "-D", "-f", self.dir / "lighttpd.conf")

    def stop(self, *processes):
        """These, or all; the youngest first."""
        for process in processes or reversed(self.running):
            process.send_signal(signal.SIGTERM)
        for process in processes or self.running:
            process.wait(20)
        self.running = [p for p in self.running if p.returncode is None]


def wrk(url, seconds, session, host):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", url,
               "-H", f"Host: {host}"]
    if session:
        command += ["-H", f"Cookie: _my_session_id={session}"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    errors = re.search(r"Socket errors.*|Non-2xx.*", out)
    if errors:
        raise Failure(errors.group(0))

    def latency(which):
        value, unit = re.search(which + r"%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]

    n = int(re.search(r"(\d+) requests in", out).group(1))
    if n == 0:
        raise Failure("no answer")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    return n, rate, latency("50"), latency("99")


def measure(server, targets, seconds, rounds):
    """targets: (label, side or None, url, host).  Medians, or why there are none."""
    results = {}
    for _ in range(rounds):
        for label, side, url, host in targets:
            app = side.pids() if side else []
            web = tree(server.pid)
            before = cpu_ticks(app), cpu_ticks(web)
            try:
                n, rate, p50, p99 = wrk(url, seconds, side.session if side else None, host)
            except (Failure, subprocess.CalledProcessError) as e:
                results[label] = str(e)
                continue
            after = cpu_ticks(app), cpu_ticks(web)
            cpu = [(a - b) / TICK / n * 1e6 for a, b in zip(after, before)]
            if not isinstance(results.setdefault(label, []), str):
                results[label].append((rate, p50, p99, *cpu))
    return {label: rows if isinstance(rows, str) else [statistics.median(c) for c in zip(*rows)]
            for label, rows in results.items()}


def show(title, targets, medians):
    print(f"\n{title}; ratios: to the loop, connections alike")
    print(f"{'':46} {'req/s':>7} {'p50 ms':>7} {'p99 ms':>7} {'app us':>7} {'web us':>7} "
          f"{'KiB':>7} {'start ms':>8} {'req/s':>6} {'app us':>6}")
    for label, side, _, _ in targets:
        if isinstance(medians[label], str):
            print(f"{label:46} failed: {medians[label]}")
            continue
        rate, p50, p99, app, web = medians[label]
        base = medians.get(LOOP + ", closed" if label.endswith("closed") else LOOP)
        memory = f"{side.memory_kib:7d} {side.first_answer_ms:8.0f}" if side else f"{'':16}"
        line = f"{label:46} {rate:7.0f} {p50:7.2f} {p99:7.2f} {app:7.1f} {web:7.1f} {memory} "
        if base and not isinstance(base, str):
            line += f"{rate / base[0]:6.2f} {app / base[3] if base[3] else 0:6.2f}"
        print(line)


def run_nginx(bench, web, seconds, rounds):
    targets = [(s.label, s, web.url(s.name), web.host(s.name)) for s in bench.sides]
    closed = [(s.label + ", closed", s, web.url(s.name + "_closed"), web.host(s.name))
              for s in bench.sides if s.name in ("ours", "other", "loop", "plain")]
    own = ("nginx, return 200", None, web.url("return", "/"), "localhost")
    show("behind nginx (1 worker, the files we ship)", [*targets, *closed, own],
         measure(web.process, [*targets, *closed, own], seconds, rounds))
    beside = [t for t in targets if t[1].name in ("ours", "other", "loop")]
    burner = bench.start(sys.executable, "-c", "while True: pass")
    show("the same while another process burns a processor", beside,
         measure(web.process, beside, seconds, rounds))
    burner.kill()
    burner.wait()
    bench.running.remove(burner)


def run_lighttpd(bench, web, seconds, rounds):
    targets = [(s.label, s, web.url(s.name), web.host(s.name)) for s in bench.sides]
    targets.append(("lighttpd, static file", None, web.url("", "/static"), "static"))
    medians = measure(web.process, targets, seconds, rounds)
    show("behind lighttpd (it closes FastCGI connections)", targets, medians)


def processor():
    found = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return found.group(1) if found else os.uname().machine


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        raise SystemExit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    servers = sys.argv[4:] or ["nginx", "lighttpd"]
    for tool in ("wrk", *("/usr/sbin/" + s for s in servers)):
        if shutil.which(tool) is None:
            raise SystemExit(f"bench: needs {tool}")
    load = os.getloadavg()[0]
    busy = (f"NO RESULT: the load of the machine was {load:.1f} before" if load > BUSY_LOAD
            else None)
    print(f"{os.cpu_count()} processors, {processor()}; load before: {load:.2f}")
    print(f"wrk with {CONNECTIONS} connections, medians of {rounds} rounds of {seconds} s")
    if busy:
        print(busy)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
    bench = Bench(build, directory)
    try:
        # In front before they start: the first answer is one through the web server.
        bench.web = Web(bench, servers[0])
        bench.start_ours()
        if bench.other:
            bench.start_ours("other", "sessiongate: the other build",
                             pathlib.Path(bench.other).resolve())
        bench.start_loop()
        bench.start_plain()
        bench.start_flask()
        bench.start_php()
        for what in bench.missing:
            print(f"left out: {what}")
        for kind in servers:
            web = bench.web if kind == servers[0] else Web(bench, kind)
            for side in bench.sides:
                if side.name in ("ours", "other"):
                    side.session = bench.login(web, side.name)
            {"nginx": run_nginx, "lighttpd": run_lighttpd}[kind](bench, web, seconds, rounds)
            # Its idle kept connections would occupy PHP's children.
            bench.stop(web.process)
        if busy:
            print(f"\n{busy}")
    finally:
        bench.stop()
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
