"""marionette - drives Firefox without a driver of its own

Debian has no geckodriver; Firefox itself listens for the same commands (its protocol Marionette: a
length, a colon, and JSON).  The names are those of selenium, as far as ../browser uses them.
"""
import base64
import json
import shutil
import socket

from .site import Process, wait_for

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PREFERENCES = {
    "marionette.port": 0, "browser.shell.checkDefaultBrowser": False, "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False, "toolkit.telemetry.enabled": False,
    "browser.startup.page": 0, "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "signon.rememberSignons": False,
    "extensions.update.enabled": False, "services.settings.server": "data:,",
}


class WebDriverException(Exception):
    """The command failed; what it was about may be gone."""


class Firefox:
    """One window of a Firefox with a profile in `directory`, for which all names are `address`."""

    def __init__(self, directory, address, preferences=()):
        directory.mkdir()
        lines = {**PREFERENCES, "network.dns.forceResolve": address, **dict(preferences)}
        (directory / "user.js").write_text("".join(
            f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in lines.items()))
        self.process = Process("firefox", directory.parent / f"{directory.name}.log",
                               shutil.which("firefox-esr"), "--marionette", "--headless", "--no-remote",
                               "--profile", directory,
                               env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "LANG": "C.UTF-8"})
        port = directory / "MarionetteActivePort"
        wait_for("Firefox listens", lambda: port.exists() and port.read_text().strip()
                 or not self.process.is_alive(), 300)
        self.socket = socket.create_connection(("127.0.0.1", int(port.read_text())), 120)
        self.file = self.socket.makefile("rb")
        self.n = 0
        self._receive()
        self.do("NewSession", acceptInsecureCerts=True)

    def _receive(self):
        digits = b"".join(iter(lambda: self.file.read(1), b":"))
        return json.loads(self.file.read(int(digits)))

    def do(self, command, **arguments):
        self.n += 1
        text = json.dumps([0, self.n, "WebDriver:" + command, arguments]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self._receive()
        if error:
            raise WebDriverException(f"{command}: {error['error']}: {error['message']}")
        return result.get("value", result) if isinstance(result, dict) else result

    def quit(self):
        self.socket.close()
        self.process.stop()

    def get(self, url):
        self.do("Navigate", url=url)

    def back(self):
        self.do("Back")

    @property
    def current_url(self):
        return self.do("GetCurrentURL")

    @property
    def window_handles(self):
        return self.do("GetWindowHandles")

    @property
    def current_window_handle(self):
        return self.do("GetWindowHandle")

    @property
    def switch_to(self):
        return self

    def window(self, handle):
        self.do("SwitchToWindow", handle=handle)

    def new_window(self, kind):
        self.window(self.do("NewWindow", type=kind)["handle"])

    def frame(self, number):
        self.do("SwitchToFrame", id=number)

    def default_content(self):
        self.do("SwitchToFrame", id=None)

    @property
    def active_element(self):
        return Element(self, self.do("GetActiveElement"))

    def close(self):
        self.do("CloseWindow")

    def find_element(self, using, value):
        return Element(self, self.do("FindElement", using=using, value=value))

    def find_elements(self, using, value):
        return [Element(self, e) for e in self.do("FindElements", using=using, value=value)]

    def execute_script(self, script, *arguments):
        return self.do("ExecuteScript", script=script, args=list(arguments))

    def execute_async_script(self, script, *arguments):
        return self.do("ExecuteAsyncScript", script=script, args=list(arguments))

    def save_screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.do("TakeScreenshot", full=False)))


class Element:
    """Of the page that is shown."""

    def __init__(self, driver, reference):
        self.driver, self.id = driver, reference[ELEMENT]

    def _do(self, command, **arguments):
        return self.driver.do(command, id=self.id, **arguments)

    def click(self):
        self._do("ElementClick")

    def clear(self):
        self._do("ElementClear")

    def send_keys(self, text):
        self._do("ElementSendKeys", text=text)

    def get_attribute(self, name):
        return self._do("GetElementProperty", name=name)

    def is_enabled(self):
        return self._do("IsElementEnabled")

    def is_displayed(self):
        return self._do("IsElementDisplayed")

    @property
    def text(self):
        return self._do("GetElementText")
