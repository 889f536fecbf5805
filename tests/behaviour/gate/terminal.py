"""terminal - the gate in w3m and lynx, browsers without scripts, styles and Sec-Fetch headers

Each runs in a tmux of its own and is typed into as a person would.
"""
import shutil
import subprocess
import time

from .matrix import ANN, prepare
from .site import wait_for

BROWSERS = ("w3m", "lynx")


def run(suite, site):
    prepare(site)
    site.application.page = lambda target, get: (
        f"<!DOCTYPE html><title>application</title><p>USER {get('remote-user')} AT {target}")
    try:
        for name in BROWSERS:
            if shutil.which(name) is None or shutil.which("tmux") is None:
                print(f"skip    gate: {name} or tmux is not installed: not tried")
                continue
            server = site.servers[0]
            suite.group = f"{name}, {server}"
            with Terminal(site, name) as terminal:
                {"w3m": in_w3m, "lynx": in_lynx}[name](suite, terminal, site.url(server))
    finally:
        site.application.page = None


class Terminal:
    """A tmux server with one window, on a socket of its own."""

    def __init__(self, site, name):
        self.directory = site.directory / name
        self.directory.mkdir()
        self.socket = site.directory / f"{name}.tmux"

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", str(self.socket), "-f", "/dev/null", *arguments],
                              capture_output=True, text=True, check=True,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.directory),
                                   "TERM": "xterm", "LANG": "C.UTF-8"}).stdout

    def __enter__(self):
        return self

    def start(self, command):
        self.tmux("new-session", "-d", "-x", "100", "-y", "40", command)

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def types(self, text):
        self.tmux("send-keys", "-l", text)

    def waits_for(self, *texts):
        wait_for(f"{texts} on the screen",
                 lambda: all(text in self.screen() for text in texts))
        time.sleep(0.1)

    def __exit__(self, *_):
        subprocess.run(["tmux", "-S", str(self.socket), "kill-server"], capture_output=True, check=False)


def shows(suite, terminal, name, *texts):
    try:
        terminal.waits_for(*texts)
        suite.check(name, True)
    except RuntimeError as problem:
        suite.check(name, False, f"{problem}\n{terminal.screen()}")
        raise


def in_w3m(suite, terminal, url):
    def field(value):
        terminal.keys("Enter")
        time.sleep(0.2)
        terminal.types(value)
        terminal.keys("Enter")
        time.sleep(0.2)

    terminal.start(f"w3m -cookie '{url}/a/b?q=1'")
    shows(suite, terminal, "the form is shown", "Password")
    terminal.keys("Tab")
    field(ANN[0])
    terminal.keys("Tab")
    field("wrong")
    terminal.keys("Tab")
    terminal.keys("Enter")
    shows(suite, terminal, "a wrong password is said, the address is kept", "is wrong", ANN[0])
    terminal.keys("Tab", "Tab")
    field(ANN[1])
    terminal.keys("Tab", "Enter")
    shows(suite, terminal, "the right one leads back", f"USER {ANN[0]} AT /a/b?q=1")


def in_lynx(suite, terminal, url):
    terminal.start(f"lynx -accept_all_cookies '{url}/a/b?q=1'")
    shows(suite, terminal, "the form is shown", "Password")
    terminal.types(ANN[0])
    terminal.keys("Tab")
    terminal.types("wrong")
    terminal.keys("Tab", "Enter")
    shows(suite, terminal, "a wrong password is said, the address is kept", "is wrong", ANN[0])
    terminal.keys("Tab")
    terminal.types(ANN[1])
    terminal.keys("Tab", "Enter")
    shows(suite, terminal, "the right one leads back", f"USER {ANN[0]} AT /a/b?q=1")
