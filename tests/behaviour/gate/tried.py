"""tried - sessiongatectl gate try: nothing is open as shipped, and what a mistake opens is named

Each mistake of traps.py that a stranger can see from outside, and some more, is made beside the
shipped configuration; the line of the recipe that the command names is the one that was changed.
"""
import os
import re
import shlex
import subprocess

from .site import BUILD, IS_ROOT
from .traps import TRAPS, replaced

BY_MISTAKE = {(server, mistake): edit for server, mistake, edit, *_ in TRAPS}
# server, the mistake, of traps.py or with its edit, what to try, what is found: word, rest, line
MISTAKES = [
    ("nginx", "auth_request in a location: another location wins", None, "http", "/static/a.txt",
     "OPEN", "200 to GET", "`auth_request /_gate/check;` in server"),
    ("nginx", "return, which answers before the check", None, "http", "/a/b",
     "OPEN", "200 to GET", "no `return`"),
    ("nginx", "satisfy any: nobody at all is let in", None, "http", "/a/b",
     "OPEN", "200 to GET", "no `satisfy any`"),
    ("nginx", "GATE forgotten shuts all out", None, "http", "/a/b",
     "WRONG", "503: nobody comes in", "`fastcgi_param GATE nginx;`"),
    ("nginx", "an empty requirement shuts all out", None, "http", "/a/b",
     "WRONG", "503: nobody comes in", "an AUTH_REQUIRE that is not empty"),
    ("nginx", "a check that is not internal", replaced(("\ninternal;\n", "\n")), "http", "/a/b",
     "WRONG", "check: 401", "`internal;`"),
    ("nginx", "a location for one spelling", replaced(
        ("auth_request /_gate/check;", ""),
        ("\tlocation /static/ {", "\tlocation /static/ { auth_request /_gate/check;")),
     "http", "/static/a.txt", "OPEN", "200 to GET, written otherwise", "without an end, without case"),
    ("nginx", "an answer to OPTIONS before the check", replaced(
        ("\tlocation / {", "\tlocation / { if ($request_method = OPTIONS) { return 200 PRIVATE; }")),
     "http", "/a/b", "OPEN", "200 to OPTIONS", "whatever the method is"),
    ("nginx", "an answer to a header before the check", replaced(
        ("\tlocation / {", "\tlocation / { if ($http_user_agent ~ kube-probe) { return 200 PRIVATE; }")),
     "http", "/a/b", "OPEN", "200 to GET, with these headers", "no `if` on a header"),
    ("nginx", "its pages ask the gate too", replaced(
        ("location ^~ /_gate/ {\n\tauth_request off;", "location ^~ /_gate/ {")), "http", "/a/b",
     "WRONG", "login: 401, no page", "`location ^~ /_gate/` with `auth_request off;`"),
    ("nginx", "the gate is not told of https", replaced(
        ("fastcgi_param  REQUEST_SCHEME     $scheme;", ""),
        ("fastcgi_param  HTTPS              $https if_not_empty;", "")),
     "https", "/a/b", "WRONG", "a cookie without Secure", "HTTPS in sessiongate_gate_params"),
    ("lighttpd", "check-local: only files are asked about", None, "http", "/a/b",
     "OPEN", "200 to GET", '`"check-local" => "disable"`'),
    ("lighttpd", "mod_proxy before mod_fastcgi", None, "http", "/a/b",
     "OPEN", "200 to GET", "mod_fastcgi before mod_proxy"),
    ("lighttpd", "set-environment in place of add-environment", None, "http", "/admin",
     "WRONG", "500: nobody comes in", "`setenv.add-environment` for AUTH_REQUIRE"),
    ("apache", "who is not signed in may", replaced(("Require valid-user", "Require all granted")),
     "http", "/a/b", "OPEN", "200 to GET", "`Require valid-user`"),
    ("apache", "TRACE", replaced(("TraceEnable off", "TraceEnable on")), "http", "/static/a.txt",
     "OPEN", "200 to TRACE", "`TraceEnable off`"),
    ("caddy", "GATE forgotten shuts all out", None, "http", "/a/b",
     "WRONG", "500: nobody comes in", "`env GATE caddy`"),
    ("caddy", "a block without a check", replaced(
        ("\thandle {\n\t\timport sessiongate gate_check any\n", "\thandle {\n")), "http", "/a/b",
     "OPEN", "200 to GET", "`import sessiongate gate_check any`"),
]


def gate_try(*arguments, path=os.environ["PATH"]):
    """(exit status, lines, errors)"""
    result = subprocess.run(
        [BUILD / "sessiongatectl", "gate", "try", *arguments], check=False, capture_output=True,
        text=True, env={**os.environ, "PATH": path})
    return result.returncode, result.stdout.splitlines(), result.stderr


def run(suite, site):
    for server in site.servers:
        as_shipped(suite, site, server)
    for mistake in MISTAKES:
        if mistake[0] in site.servers:
            with_mistake(suite, site, *mistake)
    if "nginx" in site.servers:
        suite.group = "nginx: gate try"
        not_told(suite, site)
        another_prefix(suite, site)
        if IS_ROOT:     # for the ports
            both_schemes(suite, site)
    suite.group = "gate try"
    usage(suite, site)


def as_shipped(suite, site, server):
    suite.group = f"{server}: gate try"
    n = len(site.application.requests)
    for scheme, paths in (("http", ("/a/b", "/admin")), ("https", ("/static/a.txt", "/"))):
        urls = [site.url(server, scheme) + path for path in paths]
        status, lines, errors = gate_try("--insecure", *urls)
        want = [f"fine    {site.url(server, scheme)}/_gate/login"] + [f"closed  {url}" for url in urls]
        suite.check(f"{scheme}: nothing is open", status == 0 and errors == ""
                    and [line.rsplit(": ", 1)[0] for line in lines] == want,
                    "\n".join([str(status), *lines, errors]))
    suite.equal("nothing has come to the application", site.application.requests[n:], [])


def with_mistake(suite, site, server, mistake, edit, scheme, path, word, said, line):
    suite.group = f"{server}: gate try: {mistake}"
    with site.variant(server, edit or BY_MISTAKE[server, mistake]) as visitor:
        url = f"{scheme}://{visitor.host}:{visitor.port + (scheme == 'https')}"
        status, lines, errors = gate_try(url + path, "--insecure")
        shown = "\n".join([str(status), *lines, errors])
        found = [i for i, text in enumerate(lines) if text.startswith(word) and said in text]
        suite.check("it is found", status == 1 and bool(found), shown)
        suite.check("with the line of the recipe", bool(found) and
                    lines[found[0] + 1].startswith(f"        the recipe of {server} has: ")
                    and line in lines[found[0] + 1], shown)
        if found:
            command = shlex.split(lines[found[0]].split("; see: ", 1)[1])
            answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            want = re.search(r"\d{3}|$", said).group() or "200"
            suite.check("the command that is shown shows it",
                        re.match(rf"HTTP/1\.[01] {want}\b", answer), f"{answer}\n{shown}")


def not_told(suite, site):
    """What may be meant to be open is told apart, and is no fault."""
    for name, edit, path, said in (
            ("an answer that every address gets", replaced(
                ("auth_request /_gate/check;", ""),
                ("\tlocation / {", "\tlocation / { return 200 everywhere;"),
                ("\tlocation /static/ {", "\tlocation /static/ { auth_request /_gate/check;")),
             "/static/a.txt", "200, as for an address that is not there"),
            ("another site of the server", replaced(
                ("\tlocation / {", "\tif ($host = other.invalid) { return 200 another; }\n\tlocation / {")),
             "/a/b", "200, under another name"),
            ("a redirect", replaced(
                ("\tlocation / {", "\tlocation = /a/b { return 301 /c; }\n\tlocation / {")),
             "/a/b", "301, sends elsewhere"),
            ("an empty answer", replaced(
                ("\tlocation / {", "\tlocation = /a/b { return 204; }\n\tlocation / {")),
             "/a/b", "204, nothing in the answer")):
        with site.variant("nginx", edit) as visitor:
            url = f"http://{visitor.authority}{path}"
            status, lines, errors = gate_try(url)
            suite.check(name, status == 0 and not [line for line in lines if "OPEN" in line]
                        and any(line.startswith(f"?       {url}: {said}") for line in lines),
                        "\n".join([str(status), *lines, errors]))


def another_prefix(suite, site):
    edit = replaced(("/_gate/", "/in/"), ("fastcgi_param  AUTH_TYPE ",
                                          "fastcgi_param GATE_PREFIX /in/;\nfastcgi_param  AUTH_TYPE "))
    with site.variant("nginx", edit) as visitor:
        url = f"http://{visitor.authority}"
        for name, arguments, want in (("the pages elsewhere", ("--prefix", "/in/"), (0, f"fine    {url}/in/login")),
                                      ("and not said", (), (1, f"WRONG   {url}/_gate/login"))):
            status, lines, errors = gate_try(url + "/a/b", *arguments)
            suite.check(name, status == want[0] and lines[0].startswith(want[1] + ": ")
                        and lines[-1].startswith(f"closed  {url}/a/b: "), f"{status} {lines} {errors}")


def both_schemes(suite, site):
    """An address without a port is asked for over the other scheme too."""
    http, https = f"http://{site.address}", f"https://{site.address}"
    for name, edit, given, want in (
            ("http sends to https", replaced(
                ("\tlocation / {", "\tif ($scheme = http) { return 308 https://$host$request_uri; }\n"
                 "\tlocation / {")), https,
             (0, [f"fine    {https}/_gate/login", f"closed  {https}/a/b", f"closed  {http}/a/b"])),
            ("https forgotten", replaced(
                ("\tlocation / {", "\tif ($scheme = https) { return 200 PRIVATE; }\n\tlocation / {")), http,
             (1, [f"fine    {http}/_gate/login", f"closed  {http}/a/b",
                  f"WRONG   {https}/_gate/login", f"OPEN    {https}/a/b"]))):
        site.n_variants += 1
        instance = f"nginx-{site.n_variants}"
        site.start_server("nginx", instance, edit, {"http": 80, "https": 443})
        try:
            status, lines, errors = gate_try("--insecure", given + "/a/b")
        finally:
            site.running.pop(instance).stop()
        told = [re.sub(r": .*", "", line.replace("://", "\0")).replace("\0", "://")
                for line in lines if not line.startswith(" ")]
        suite.check(name, (status, told) == want, "\n".join([str(status), *lines, errors]))


def usage(suite, site):
    for name, arguments, want in (
            ("no address", (), (2, "gate try takes URL...")),
            ("no scheme", ("www.example.org/a",), (2, "give http:// or https://")),
            ("a fragment", ("http://www.example.org/#a",), (2, "without user name and #")),
            ("a name in it", ("http://u@www.example.org/",), (2, "without user name and #")),
            ("a prefix that is none", ("--prefix", "x", "http://x/"), (2, "--prefix must be")),
            ("nobody there", (f"http://{site.address}:7/",), (1, "Failed to connect"))):
        status, lines, errors = gate_try(*arguments)
        suite.check(name, status == want[0] and want[1] in errors, f"{status} {lines} {errors}")
    status, lines, errors = gate_try(site.url(site.servers[0]), path=str(site.directory))
    suite.check("without curl", status == 1 and "apt install curl" in errors and not lines,
                f"{status} {lines} {errors}")
    status, lines, errors = gate_try(site.url(site.servers[0], "https") + "/a/b")
    suite.check("a certificate that nobody knows", status == 1 and "certificate" in errors,
                f"{status} {lines} {errors}")
