"""forms - the forms of a page, filled in and sent as a browser does it"""
import html.parser
import urllib.parse

from .visitor import BROWSER, FORM


class Page(html.parser.HTMLParser):
    """forms: of each its action and its fields; texts of alerts and of the title."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.forms, self.alerts, self.links = [], [], []
        self.title, self.lang = "", None
        self._into = None
        self.feed(answer.body.decode())

    def handle_starttag(self, tag, attrs):
        get = dict(attrs).get
        self._into = None
        if tag == "form":
            self.forms.append({"action": get("action"), "method": get("method"), "fields": {},
                               "buttons": []})
        elif tag == "input" and self.forms and get("name") and (
                get("type") != "checkbox" or "checked" in dict(attrs)):
            self.forms[-1]["fields"][get("name")] = get("value") or ""
        elif tag == "button" and self.forms:
            self.forms[-1]["buttons"].append((get("name"), get("value") or ""))
        elif tag == "a":
            self.links.append(get("href"))
        elif tag == "html":
            self.lang = get("lang")
        elif tag == "title":
            self._into = "title"
        if get("role") == "alert":
            self.alerts.append("")
            self._into = "alert"

    def handle_data(self, data):
        if self._into == "title":
            self.title += data
        elif self._into == "alert":
            self.alerts[-1] += data.strip()

    def handle_endtag(self, tag):
        if self._into == tag or (self._into == "alert" and tag == "p"):
            self._into = None

    def form_with(self, name):
        """The form that has such a field or button."""
        for form in self.forms:
            if name in form["fields"] or any(name == n for n, _ in form["buttons"]):
                return form
        raise AssertionError(f"no form with {name}: {self.forms}\n{self.answer}")

    def form_to(self, end):
        """The form whose action ends so."""
        for form in self.forms:
            if urllib.parse.urlsplit(form["action"] or "").path.endswith(end):
                return form
        raise AssertionError(f"no form to {end}: {self.forms}\n{self.answer}")


def get(visitor, path):
    """A page, as a browser that follows no redirect."""
    return visitor.ask("GET", path, BROWSER)


def send(visitor, path, form, changes=(), headers=None):
    """The form of the page at path; changes: of its fields (None: not sent)."""
    fields = {**form["fields"], **dict(changes)}
    body = urllib.parse.urlencode({k: v for k, v in fields.items() if v is not None})
    action = urllib.parse.urljoin(path, form["action"] or path)
    if form["method"] != "post":
        return get(visitor, f"{action}?{body}")
    return visitor.ask("POST", action, {**FORM, "Origin": visitor.origin, **(headers or {})}, body)


def sign_in(visitor, path, email, password):
    """From an address that is for nobody to where that leads: (page, answer to the form)."""
    answer = get(visitor, path)
    assert answer.status == 302, f"no way to the page: {answer}"
    login = answer.header("Location")
    page = Page(get(visitor, login))
    return page, send(visitor, login, page.form_with("password"),
                      {"email": email, "password": password})
