"""site - the gate in front of one application, behind nginx, lighttpd, Apache and Caddy at once

The web servers run the files that we ship, as they stand but for addresses, paths and certificate.
Everything lies in a directory of its own, and listens there or on an address of the loopback
network that belongs to this run alone, however many there are: whoever holds port 9 of it owns
all its ports.
"""
import contextlib
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .application import Application
from .visitor import Visitor

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
SERVERS = ("nginx", "lighttpd", "apache", "caddy")
SCHEMES = ("http", "https")
# Where they listen on the address of the run.
PORTS = {(server, scheme): 8000 + i + (400 if scheme == "https" else 0)
         for i, server in enumerate(SERVERS) for scheme in SCHEMES}
APPLICATION_PORT = 8090
CHECK_PORT = 9100
WAIT_S = 60     # what comes late on a busy machine comes
IS_ROOT = os.geteuid() == 0


def wait_for(what, is_so, seconds=WAIT_S):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def own_address():
    """An address of 127.0.0.0/8, and the socket that keeps it for us."""
    while True:
        address = f"127.{random.randint(1, 254)}.{random.randint(0, 254)}.{random.randint(1, 254)}"
        try:
            return address, socket.create_server((address, 9) if IS_ROOT else (address, 7999))
        except OSError:
            pass


class Process:
    """Runs until stop(); its output is in log."""

    def __init__(self, name, log, *command, **more):
        self.name, self.log = name, pathlib.Path(log)
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(    # pylint: disable=consider-using-with
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True, **more)

    @property
    def pid(self):
        return self.process.pid

    def is_alive(self):
        return self.process.poll() is None

    def children(self):
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True,
                             text=True, check=False).stdout
        return [int(pid) for pid in out.split()]

    def stop(self):
        """SIGTERM; False when it would not end by that."""
        if not self.is_alive():
            return True
        self.process.terminate()
        try:
            self.process.wait(WAIT_S)
            return True
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()
            return False

    def words(self):
        return self.log.read_text(errors="replace")[-3000:]


class Site:
    """program, application, web servers.  servers: which of SERVERS."""

    def __init__(self, servers=SERVERS, options=()):
        self.servers = [s for s in servers if s in SERVERS]
        self.address, self._hold = own_address()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sg."))
        # A web server that is www-data comes through to the socket and its files.
        self.directory.chmod(0o711)
        self.options = options
        self.program = self.application = None
        self.running = {}
        self.sessions = None    # of matrix.prepare()
        self.n_variants = 0
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        for name in ("data", "run"):
            (self.directory / name).mkdir(mode=0o700)
        self.sock = self.directory / "sock"
        (self.directory / "clock").touch()
        self._make_certificate()
        self._make_files()
        self.application = Application(self.address, APPLICATION_PORT, self.directory / "echo.sock")
        self.start_program()
        for server in self.servers:
            self.start_server(server)

    def _make_certificate(self):
        names = "DNS:localhost,DNS:*.gate.test,IP:" + self.address
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=" + names, "-keyout", self.directory / "key.pem",
                        "-out", self.directory / "cert.pem"], check=True, capture_output=True)
        (self.directory / "key.pem").chmod(0o644)   # of a test; caddy and www-data read it
        (self.directory / "both.pem").write_text((self.directory / "key.pem").read_text()
                                                 + (self.directory / "cert.pem").read_text())

    def _make_files(self):
        """A static tree, for the document roots."""
        for name in ("static", "static/sub"):
            (self.directory / "htdocs" / name).mkdir(parents=True)
            (self.directory / "htdocs" / name / "a.txt").write_text("PRIVATE-A\n")
        (self.directory / "uploads").mkdir()
        (self.directory / "uploads").chmod(0o777)

    # ----------------------------------------------------------- the program
    def start_program(self, *environment):
        """With these NAME=VALUE besides."""
        shim = BUILD / "tests/behaviour/clock.so"
        if not shim.exists():
            raise RuntimeError(f"no {shim}: make check TESTS= builds it")
        clock = [f"LD_PRELOAD={shim}", f"TEST_CLOCK={self.directory}/clock"]
        options = ["--listen", f"unix:{self.sock}",
                   "--data-dir", self.directory / "data", "--run-dir", self.directory / "run",
                   "--hash-cost", "1"]
        if "apache" in self.servers:
            options += ["--listen", f"tcp:{self.address}:{CHECK_PORT}"]
        if IS_ROOT:
            options += ["--socket-owner", ":www-data", "--socket-mode", "0660"]
        inherited = [f"{name}={os.environ[name]}" for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
                     if name in os.environ]
        self.program = Process("sessiongate", self.directory / "program.log", "env", "-i", *inherited,
                               *environment, *clock, BUILD / "sessiongate", *options, *self.options)
        wait_for("sessiongate makes its socket",
                 lambda: self.sock.exists() or not self.program.is_alive())
        if not self.program.is_alive():
            raise RuntimeError("sessiongate does not start:\n" + self.program.words())

    def stop_program(self):
        return self.program.stop()

    def ctl(self, *arguments, words=""):
        environment = {**os.environ, "LD_PRELOAD": f"{BUILD}/tests/behaviour/clock.so",
                       "TEST_CLOCK": f"{self.directory}/clock", "SESSIONGATE_HASH_COST": "1"}
        result = subprocess.run(
            [BUILD / "sessiongatectl", "--data-dir", self.directory / "data", "--run-dir",
             self.directory / "run", *arguments], input=words, capture_output=True, text=True,
            env=environment, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"sessiongatectl {arguments}: {result.stderr}")
        return result.stdout

    def user(self, email, password, *groups):
        self.ctl("user", "add", email, words=password + "\n")
        if groups:
            self.ctl("user", "group", "add", email, *groups)

    def sleep(self, seconds):
        """Sets the clock of the program and of ctl ahead."""
        path = self.directory / "clock"
        os.truncate(path, path.stat().st_size + seconds)

    # --------------------------------------------------------- the web servers
    def url(self, server, scheme="http"):
        return f"{scheme}://{self.address}:{PORTS[server, scheme]}"

    def visitor(self, server, scheme="http", host=None):
        return Visitor(self.url(server, scheme), host)

    def start_server(self, server, name=None, edit=None, ports=None):
        """Another instance, name, has what edit(text) makes of the shipped configuration."""
        from . import servers     # pylint: disable=import-outside-toplevel
        name = name or server
        place = self.directory / name
        place.mkdir()
        ports = ports or {scheme: PORTS[server, scheme] for scheme in SCHEMES}
        command = servers.CONFIGURE[server](self, place, ports, edit or (lambda text: text))
        process = Process(name, self.directory / f"{name}.log", *command,
                          env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin",
                               "HOME": str(place), "XDG_DATA_HOME": str(place),
                               "XDG_CONFIG_HOME": str(place)})
        self.running[name] = process
        wait_for(f"{name} listens", lambda: self._listens(ports["http"]) or not process.is_alive())
        if not process.is_alive():
            raise RuntimeError(f"{name} does not start:\n{process.words()}")
        return process

    def _listens(self, port):
        with socket.socket() as s:
            return s.connect_ex((self.address, port)) == 0

    @contextlib.contextmanager
    def variant(self, server, edit):
        """A visitor of another instance of that server, whose configuration is edited."""
        self.n_variants += 1
        name = f"{server}-{self.n_variants}"
        ports = {"http": 20000 + 2 * self.n_variants, "https": 20001 + 2 * self.n_variants}
        self.start_server(server, name, edit, ports)
        try:
            yield Visitor(f"http://{self.address}:{ports['http']}")
        finally:
            self.running.pop(name).stop()

    # -------------------------------------------------------------------- end
    def logs(self):
        return "".join(f"--- {path.name}\n{path.read_text(errors='replace')[-2500:]}\n"
                       for path in sorted(self.directory.glob("*.log")))

    def stop(self):
        """False when one of them would not end by SIGTERM."""
        is_well = True
        for process in [*reversed(self.running.values()), *([self.program] if self.program else [])]:
            is_well = process.stop() and is_well
        if self.application:
            self.application.stop()
            self.application = None
        self._hold.close()
        shutil.rmtree(self.directory, ignore_errors=True)
        return is_well
