"""traps - each rule of the recipes, and the mistake that it is for

Beside the shipped configuration stands one with the mistake.  It must be seen to open the door (or
to show the application something forged, or to shut everybody out); the shipped one must not.  So
a rule that does nothing is noticed, and so is one that nobody needs any more.
"""
from .matrix import ADMIN, ANN, World, ask, identity_faults, prepare


def replaced(*changes):
    """An edit that makes each change where its text is; all must be somewhere."""
    def edit(text):
        for change in changes:
            if change[0] in text:
                edit.missing.discard(change[0])
                text = text.replace(*change)
        return text
    edit.missing = {change[0] for change in changes}
    return edit


# What goes wrong, of an answer and what came to the application.
def opened(answer, came):
    return answer.status == 200 and (b"PRIVATE" in answer.body or len(came) == 1)


def is_forged(answer, came):
    return opened(answer, came) and any(identity_faults(came[0], ANN[0], "editors,staff"))


def shut(answer, came):
    return answer.status >= 400 and not came


def keeps_session(answer, came):
    return opened(answer, came) and "sid=" in str(came)


FORGED = [("Remote-User", "root"), ("Remote_User", "root"), ("Remote-Groups", "admin"),
          ("Remote_Groups", "admin")]
NOBODY = ask()
# server, the mistake, its edit, what is asked, what goes wrong
TRAPS = [
    ("nginx", "the requirement in a variable, which the check sets anew", replaced(
        ("auth_request /_gate/check;", "set $require any;\nauth_request /_gate/check;"),
        ("fastcgi_param  GATE ", "fastcgi_param AUTH_REQUIRE $require;\nfastcgi_param  GATE "),
        ("\t\tfastcgi_param AUTH_REQUIRE \"group:admin\";\n", ""),
        ("auth_request /_gate/check-admin;", "set $require group:admin;")),
     ask(path="/admin", who=ANN), opened),
    ("nginx", "auth_request in a location: another location wins", replaced(
        ("auth_request /_gate/check;", ""),
        ("\tlocation / {", "\tlocation / { auth_request /_gate/check;"),
        ("\tlocation /static/ {", "\tlocation ~ \\.txt$ { }\n\tlocation /static/ { auth_request /_gate/check;")),
     ask(path="/static/a.txt"), opened),
    ("nginx", "return, which answers before the check", replaced(
        ("\tlocation /static/ {", "\tlocation = /a/b { return 200 PRIVATE; }\n\tlocation /static/ {")),
     NOBODY, opened),
    ("nginx", "a location without the identity", replaced(
        ("\t\tinclude sessiongate_gate_identity;\n", "")), ask(who=ANN, headers=FORGED), is_forged),
    ("nginx", "proxy_set_header beside it on the server alone", replaced(
        ("include sessiongate_gate_server;", "include sessiongate_gate_server;\n\tinclude sessiongate_gate_identity;"),
        ("\t\tinclude sessiongate_gate_identity;\n", "")),
     ask(who=ANN, headers=FORGED), is_forged),
    ("nginx", "the session is passed on", replaced(
        ("proxy_set_header  Cookie          $sessiongate_other_cookies;", "")), ask(who=ANN),
     keeps_session),
    ("nginx", "Debian's fastcgi_params beside the identity", replaced(
        ("\t\tinclude sessiongate_gate_fastcgi;", "\t\tinclude /etc/nginx/fastcgi_params;\n"
         "\t\tinclude sessiongate_gate_fastcgi;")),
     ask(path="/fcgi/a", who=ANN, headers=[("Authorization", "Basic cm9vdDp4")]), is_forged),
    ("nginx", "satisfy any: nobody at all is let in", replaced(
        ("include sessiongate_gate_server;", "include sessiongate_gate_server;\n\tsatisfy any;\n\tallow all;")),
     NOBODY, opened),
    ("nginx", "GATE forgotten shuts all out", replaced(
        ("fastcgi_param  GATE               nginx;", "")), ask(who=ANN), shut),
    ("nginx", "an empty requirement shuts all out", replaced(
        ("fastcgi_param  GATE ", "fastcgi_param AUTH_REQUIRE $arg_none;\nfastcgi_param  GATE ")),
     ask(who=ANN), shut),
    ("lighttpd", "check-local: only files are asked about", replaced(
        ('# With check-local, only for files that are there.\n\t\t"check-local" => "disable"',
         '"check-local" => "enable"')), NOBODY, opened),
    ("lighttpd", "mod_proxy before mod_fastcgi", replaced(
        ('"mod_fastcgi", "mod_proxy"', '"mod_proxy", "mod_fastcgi"')), NOBODY, opened),
    ("lighttpd", "the session taken away before the check", replaced(
        (' and env["REMOTE_USER"] then', " then")), ask(who=ANN), shut),
    ("lighttpd", "set-environment in place of add-environment", replaced(
        ('setenv.add-environment = ( "AUTH_REQUIRE"', 'setenv.set-environment = ( "AUTH_REQUIRE"')),
     ask(path="/admin", who=ADMIN), shut),
    ("lighttpd", "no script: a client's own headers arrive", replaced(
        ("\tmagnet.attract-physical-path-to", "\t#")), ask(who=ANN, headers=FORGED), is_forged),
    ("apache", "SetEnv, which is heeded after the check", replaced(
        ('SetEnvIfExpr true "AUTH_REQUIRE=group:admin"', "SetEnv AUTH_REQUIRE group:admin")),
     ask(path="/admin", who=ANN), opened),
    ("apache", "Remote_User is passed on", replaced(
        ("\tRequestHeader unset Remote_User\n", "")), ask(who=ANN, headers=FORGED), is_forged),
    ("apache", "no UserExpr", replaced((' UserExpr "%{reqenv:REMOTE_USER}"', "")), ask(who=ANN), shut),
    ("caddy", "an empty replacement: the header becomes the expression", replaced(
        ('"$9"', '""')), ask(who=ANN),
     lambda answer, came: opened(answer, came) and "__Secure-" in str(came)),
    ("caddy", "a header that is not copied stays the client's", replaced(
        ("copy_headers Remote-User Remote-Groups", "copy_headers Remote-User")),
     ask(who=ANN, headers=FORGED), is_forged),
    ("caddy", "Remote_User is passed on", replaced(
        ("request_header -Remote_*", "request_header -Nothing")), ask(who=ANN, headers=FORGED), is_forged),
    ("caddy", "GATE forgotten shuts all out", replaced(("\t\t\tenv GATE caddy\n", "")), ask(who=ANN), shut),
]
# Caddy 2.6.2 as Debian 13 builds it drops such names by itself.
GONE = ("Remote_User is passed on",)
# The shipped one does that too: what is wrong there is what the operator has added.
ADDED = ("return, which answers before the check", "satisfy any: nobody at all is let in")


def run(suite, site):
    prepare(site)
    for server, mistake, edit, asked, goes_wrong in TRAPS:
        if server not in site.servers:
            continue
        suite.group = f"{server}: {mistake}"
        world = World(suite, site, server, "http")
        if mistake not in ADDED:
            answer, came = world.ask(**asked)
            suite.check("not with the shipped files", not goes_wrong(answer, came), f"{answer}\n{came}")
        with site.variant(server, edit) as visitor:
            suite.equal("the mistake could be made", edit.missing, set())
            world.visitor = visitor
            answer, came = world.ask(**asked)
            is_gone = (server == "caddy" and mistake in GONE and opened(answer, came)
                       and not any(name.lower() == "remote_user" for name, _ in came[0]["headers"]))
            suite.check("with it, it is", is_gone or goes_wrong(answer, came), f"{asked}\n{answer}\n{came}")
