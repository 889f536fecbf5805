"""browser - the gate in Chromium and Firefox: what a person meets, and what other sites' pages try

The pages' pictures are left in SCREENSHOTS (default: tests/behaviour/gate/screenshots in the build
directory): each page in light, in dark, as on a telephone, and with an error.
"""
import os
import pathlib
import shutil
import time

from . import marionette
from .matrix import ADMIN, ANN, prepare
from .site import APPLICATION_PORT, BUILD, PORTS, wait_for

SITE, SIBLING, EVIL = "a.gate.test", "b.gate.test", "evil.test"
SCREENSHOTS = pathlib.Path(os.environ.get("SCREENSHOTS", BUILD / "tests/behaviour/gate/screenshots"))
TELEPHONE = {"width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": True}
SCREEN = {"width": 1000, "height": 700, "deviceScaleFactor": 1, "mobile": False}
# Of each text its contrast with what is behind it (WCAG 2.2, 1.4.3), the least of all.
CONTRAST = """
const rgb = c => c.match(/[\\d.]+/g).map(Number);
const light = c => { const [r, g, b] = rgb(c).map(v => v / 255).map(
  v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
  if (rgb(c)[3] !== 0) return c; } return matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(18,18,18)' : 'rgb(255,255,255)'; };
let least = 99, where = '';
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && !['INPUT'].includes(e.tagName)) continue;
  if (e.type === 'hidden' || !e.offsetParent) continue;
  const a = light(getComputedStyle(e).color), b = light(behind(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < least) { least = ratio; where = e.outerHTML.slice(0, 100); } }
return [least, where];
"""
# What people press is large enough (44 px), and nothing is wider than the window.
TARGETS = """
return [...document.querySelectorAll('button, input:not([type=hidden])')]
  .filter(e => e.offsetParent && Math.min(e.getBoundingClientRect().height,
    (e.closest('label') || e).getBoundingClientRect().height) < (e.type === 'checkbox' ? 0 : 44))
  .map(e => e.outerHTML.slice(0, 100)).concat(
    document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the window'] : []);
"""


def run(suite, site):
    prepare(site)
    site.application.page = page_of_the_application
    try:
        for name, start in (("Chromium", Chromium), ("Firefox", Firefox)):
            if (missing := start.missing()):
                print(f"skip    gate: {missing} is not installed: not tried")
                continue
            suite.group = name
            browser = start(site)
            try:
                start.run(browser, suite)
            finally:
                browser.driver.quit()
    finally:
        site.application.page = None


class Browser:
    """Short words for what is done in it all the time."""

    def __init__(self, site, name, driver):
        self.world, self.name, self.driver = site, name, driver
        self.site = ""

    def forget(self):
        """As one that was never here."""

    def console(self):
        """What the console has said since the last time."""
        return []

    def begin(self, site):
        """As nobody, at that site."""
        self.site = site
        while len(self.driver.window_handles) > 1:
            self.driver.close()
            self.driver.switch_to.window(self.driver.window_handles[0])
        self.forget()
        self.console()

    def at(self, server, scheme, host=None):
        return f"{scheme}://{host or SITE}:{PORTS[server, scheme]}"

    def everywhere(self, suite, servers, schemes):
        for server in servers:
            for scheme in schemes:
                suite.group = f"{self.name}, {server}, {scheme}"
                self.begin(self.at(server, scheme))
                around(suite, self)

    def cases(self, suite, server, scheme, *cases):
        for case in cases:
            suite.group = f"{self.name}, {scheme}"
            self.begin(self.at(server, scheme))
            case(suite, self)

    def open(self, path):
        self.driver.get(self.site + path)

    def url(self):
        """Without the site."""
        return self.driver.current_url.removeprefix(self.site)

    def text(self):
        return self.driver.find_element("tag name", "body").text

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def focus(self):
        return self.driver.switch_to.active_element.get_attribute("name")

    def fill(self, **fields):
        for name, value in fields.items():
            self.one(f"input[name={name}]").clear()
            self.one(f"input[name={name}]").send_keys(value)

    def submit(self, selector="form button"):
        """Presses the button and waits for the page after that."""
        button = self.one(selector)
        button.click()
        wait_for("another page", lambda: is_gone(button))
        wait_for("it is there", lambda: self.driver.execute_script("return document.readyState")
                 == "complete")

    def sign_in(self, who, path="/a"):
        self.open(path)
        self.fill(email=who[0], password=who[1])
        self.submit()


class Chromium(Browser):
    """With chromedriver and selenium."""

    @staticmethod
    def missing():
        try:
            import selenium     # pylint: disable=import-outside-toplevel,unused-import
        except ImportError:
            return "python3-selenium"
        return next((name for name in ("chromium", "chromedriver") if shutil.which(name) is None), None)

    def __init__(self, site, takes_cookies=True):
        from selenium import webdriver      # pylint: disable=import-outside-toplevel
        from selenium.webdriver.chrome.service import Service   # pylint: disable=import-outside-toplevel
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                         "--ignore-certificate-errors", "--disable-gpu", "--lang=en",
                         f"--user-data-dir={site.directory}/chromium-{takes_cookies}",
                         f"--host-resolver-rules=MAP *.test {site.address}"):
            options.add_argument(argument)
        if not takes_cookies:
            options.add_experimental_option(
                "prefs", {"profile.default_content_setting_values.cookies": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        super().__init__(site, "Chromium", webdriver.Chrome(
            options=options, service=Service(shutil.which("chromedriver"))))
        self.driver.set_page_load_timeout(60)
        self.resize(SCREEN)

    def run(self, suite):
        server = self.world.servers[0]
        shutil.rmtree(SCREENSHOTS, ignore_errors=True)
        SCREENSHOTS.mkdir(parents=True)
        self.everywhere(suite, self.world.servers, ("https",))
        self.everywhere(suite, self.world.servers[:1], ("http",))
        self.cases(suite, server, "http", frames_and_fetches, other_sites)
        self.cases(suite, server, "https", tabs, back_after_logout, frames_and_fetches, other_sites, looks, other_pages, cookies_off, siblings)

    def forget(self):
        self.driver.get("about:blank")
        self.cdp("Network.clearBrowserCookies")
        self.cdp("Network.clearBrowserCache")

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def resize(self, size):
        self.cdp("Emulation.setDeviceMetricsOverride", **size)

    def scheme(self, scheme):
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]

    def picture(self, name):
        self.driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))


class Firefox(Browser):
    """With its own protocol: Debian has no geckodriver."""

    @staticmethod
    def missing():
        return None if shutil.which("firefox-esr") else "firefox-esr"

    def __init__(self, site):
        super().__init__(site, "Firefox", marionette.Firefox(site.directory / "firefox", site.address))

    def run(self, suite):
        server = self.world.servers[0]
        self.everywhere(suite, self.world.servers[:1], ("https", "http"))
        self.cases(suite, server, "https", tabs, back_after_logout, frames_and_fetches, other_sites,
                   siblings)

    def forget(self):
        self.driver.get(self.site + "/_gate/login")
        self.driver.do("DeleteAllCookies")


def is_gone(element):
    try:
        element.is_enabled()
        return False
    except Exception as problem:    # pylint: disable=broad-except
        # Each driver has exceptions of its own, of the same names.
        if type(problem).__name__ in ("StaleElementReferenceException", "WebDriverException",
                                      "NoSuchElementException"):
            return True
        raise


def page_of_the_application(target, get):
    """Everything the application has for browsers; the evil site is it too, under another name."""
    if (get("host") or "").split(":")[0] == EVIL:
        kind, _, rest = target.lstrip("/").partition("?")
        action = rest
        if kind == "frame":
            return f"<!DOCTYPE html><title>evil</title><iframe src=\"{action}\"></iframe>"
        fields = "".join(f"<input name={n} value=\"{v}\">" for n, v in
                         (("email", ANN[0]), ("password", ANN[1]), ("rd", "/a"), ("others", "1")))
        return (f"<!DOCTYPE html><title>evil</title><form method=post action=\"{action}\">{fields}"
                "<button>win</button></form>")
    return (f"<!DOCTYPE html><html lang=en><title>application</title><link rel=icon href=data:,>"
            f"<p id=user>{get('remote-user')}</p><p id=target></p><script>"
            "document.getElementById('target').textContent = location.pathname + location.search</script>")


# ------------------------------------------------------------------ cases
def around(suite, browser):
    """Wrong, right, back to the same address with its query, out."""
    path = "/a/b?q=1&b=%2F%26"
    browser.open(path)
    suite.check("at the login page", browser.url().startswith("/_gate/login?rd="), browser.url())
    suite.equal("the address has the focus", browser.focus(), "email")
    browser.fill(email=ANN[0], password="wrong")
    browser.submit()
    suite.check("a wrong password is said", len(browser.all("[role=alert]")) == 1, browser.text())
    suite.equal("the address is kept", browser.one("input[name=email]").get_attribute("value"), ANN[0])
    suite.equal("the password is not, and has the focus",
                (browser.one("input[name=password]").get_attribute("value"), browser.focus()),
                ("", "password"))
    browser.fill(password=ANN[1])
    browser.submit()
    suite.equal("back where one wanted to go", browser.url(), path)
    suite.equal("signed in", browser.one("#user").text, ANN[0])
    browser.open("/_gate/")
    suite.check("the account", ANN[0] in browser.text(), browser.text())
    browser.open("/_gate/logout")
    browser.submit("form[action*=logout] button")
    suite.check("signed out", "/_gate/login" in browser.url(), browser.url())
    browser.open(path)
    suite.check("closed again", browser.url().startswith("/_gate/login?rd="), browser.url())
    # On plain http, which browsers do not trust, one header does nothing.
    errors = [line for line in browser.console()
              if " 403 " not in line and "Cross-Origin-Opener-Policy header has been ignored" not in line]
    suite.equal("nothing on the console but the 403", errors, [])


def tabs(suite, browser):
    """Two tabs with the form: signing in in one, then in the other."""
    browser.open("/one")
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.open("/two")
    browser.fill(email=ANN[0], password=ANN[1])
    browser.submit()
    suite.equal("the second tab is in", browser.url(), "/two")
    browser.driver.switch_to.window(first)
    browser.fill(email=ANN[0], password=ANN[1])
    browser.submit()
    suite.equal("and so is the first", browser.url(), "/one")
    browser.open("/_gate/login?rd=/three")
    suite.check("the page says who is there already", ANN[0] in browser.text(), browser.text())


def back_after_logout(suite, browser):
    """The Back button does not show what was signed out of (https: Clear-Site-Data)."""
    browser.sign_in(ANN, "/secret")
    browser.open("/_gate/logout")
    browser.submit("form[action*=logout] button")
    if browser.site.startswith("https"):
        browser.driver.back()
        browser.driver.back()
        wait_for("a page", lambda: browser.driver.execute_script("return document.readyState") == "complete")
        time.sleep(0.3)     # the browser may show its copy first
        suite.check("Back shows nothing of it", not browser.all("#user"), browser.text())


def frames_and_fetches(suite, browser):
    """What is no page of its own gets no page: 401."""
    browser.open("/_gate/login")
    # The page's own policy lets it fetch nothing; a static page does.
    browser.world.application.requests.clear()
    browser.driver.get(f"http://{EVIL}:{APPLICATION_PORT}/frame?{browser.site}/a")
    browser.driver.switch_to.frame(0)
    suite.check("a frame has no form", not browser.all("form"))
    browser.driver.switch_to.default_content()
    browser.driver.get(f"http://{EVIL}:{APPLICATION_PORT}/frame?{browser.site}/_gate/login")
    browser.driver.switch_to.frame(0)
    suite.check("the login page is in no frame", not browser.all("form"))
    browser.driver.switch_to.default_content()
    browser.sign_in(ANN)
    status = browser.driver.execute_async_script(
        "const done = arguments[0]; fetch('/a', {credentials: 'omit'}).then(r => done(r.status), e => done(String(e)))")
    suite.equal("a fetch without the session is 401 at once", status, 401)
    status = browser.driver.execute_async_script(
        "const done = arguments[0]; fetch('/a').then(r => done(r.status), e => done(String(e)))")
    suite.equal("with it, 200", status, 200)


def other_sites(suite, browser):
    """Forms of another site: no login, no logout, no end of sessions."""
    evil = f"http://{EVIL}:{APPLICATION_PORT}/form?{browser.site}"
    browser.driver.get(evil + "/_gate/login")
    browser.submit("button")
    browser.open("/a")
    suite.check("nobody is signed in by it", browser.url().startswith("/_gate/login"), browser.url())
    browser.sign_in(ANN)
    for path in ("/_gate/logout", "/_gate/end"):
        browser.driver.get(evil + path)
        browser.submit("button")
        browser.open("/a")
        suite.equal(f"{path} does nothing", browser.url(), "/a")


def looks(suite, browser):
    """Pictures of the login page; contrast, targets, widths in each."""
    for size_name, size in (("screen", SCREEN), ("telephone", TELEPHONE)):
        browser.resize(size)
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            name = f"{size_name}-{scheme}"
            browser.begin(browser.site)
            browser.open("/a/b?q=1")
            look(suite, browser, f"login-{name}")
            browser.fill(email=ANN[0], password="wrong")
            browser.submit()
            look(suite, browser, f"login-error-{name}")
    browser.resize(SCREEN)
    browser.scheme("light")


def look(suite, browser, name):
    browser.picture(name)
    least, where = browser.driver.execute_script(CONTRAST)
    suite.check(f"{name}: contrast is at least 4.5", least >= 4.5, f"{least}: {where}")
    suite.equal(f"{name}: targets and width", browser.driver.execute_script(TARGETS), [])
    labels = {e.get_attribute("for") for e in browser.all("label")}
    fields = [e for e in browser.all("input:not([type=hidden])") if e.is_displayed()]
    suite.check(f"{name}: each field has a label", all(e.get_attribute("id") in labels for e in fields))


def other_pages(suite, browser):
    """The other pages, in light and dark, as on a screen and on a telephone."""
    browser.sign_in(ANN)
    pages = {"signed_in": "/_gate/login?rd=/a", "account": "/_gate/", "password": "/_gate/password",
             "logout": "/_gate/logout", "denied": "/admin", "not_found": "/_gate/nothing"}
    for size_name, size in (("screen", SCREEN), ("telephone", TELEPHONE)):
        browser.resize(size)
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            for name, path in pages.items():
                browser.open(path)
                look(suite, browser, f"{name}-{size_name}-{scheme}")
    browser.resize(SCREEN)
    browser.scheme("light")
    browser.open("/admin")
    suite.check("who is not allowed is told so", ANN[0] in browser.text(), browser.text())
    browser.submit("form button")
    browser.fill(email=ADMIN[0], password=ADMIN[1])
    browser.submit()
    browser.open("/admin")
    suite.equal("and can be somebody else", browser.one("#user").text, ADMIN[0])


def cookies_off(suite, browser):
    """A browser that refuses cookies is told so, and sent in no circle."""
    other = Chromium(browser.world, takes_cookies=False)
    try:
        other.begin(browser.site)
        other.open("/a")
        other.fill(email=ANN[0], password=ANN[1])
        other.submit()
        suite.check("without cookies: the form, and what may be wrong",
                    "ookie" in other.text() and other.all("input[name=password]"), other.text())
    finally:
        other.driver.quit()


def siblings(suite, browser):
    """One page for several hosts below one domain: from b to the page of a, and back."""
    site = browser.world
    server = site.servers[0]
    there, here = browser.at(server, "https", SIBLING), browser.at(server, "https")
    site.stop_program()
    site.start_program("COOKIE_DOMAIN=gate.test", f"GATE_LOGIN_URL={here}/_gate/login",
                       f"GATE_RETURN_HOSTS=*.gate.test:{PORTS[server, 'https']}")
    try:
        browser.driver.get(there + "/a?b=c")
        suite.check("at the page of the other host", browser.driver.current_url.startswith(
            here + "/_gate/login?rd="), browser.driver.current_url)
        browser.fill(email=ANN[0], password=ANN[1])
        browser.submit()
        suite.equal("and back", browser.driver.current_url, there + "/a?b=c")
        suite.equal("signed in there", browser.one("#user").text, ANN[0])
        browser.open("/a")
        suite.equal("and here", browser.one("#user").text, ANN[0])
    finally:
        site.stop_program()
        site.start_program()
