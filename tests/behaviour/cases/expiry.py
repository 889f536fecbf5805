"""expiry - SESSION_DURATION as Python's int() reads it, or with a unit"""
from .world import DURATIONS

SHORT = {name for name, text in DURATIONS.items() if name.startswith("short")}


def run(suite, world, is_quick=False):
    sites = [f"{type_}.{name}" for type_ in ("session_exp_auth", "session_db_auth")
             for name in DURATIONS]
    suite.group = "expiry"
    cookies = {}
    for site in sites:
        cookies[site] = {"Cookie": world.login(site)}
        suite.expect(f"{site}: good at once",
                     world.api(site, "GET", "/users/me", cookies[site]), 200)
    world.site.run("sleep", "70")
    for site in sites:
        is_short = site.split(".")[1] in SHORT
        suite.expect(f"{site}: after 70 seconds",
                     world.api(site, "GET", "/users/me", cookies[site]), 403 if is_short else 200)
        if is_short:
            suite.expect(f"{site}: an expired session cannot log out", world.api(
                site, "DELETE", "/auth_session/logout", cookies[site]), 403)
    for type_ in ("session_exp_auth", "session_db_auth"):
        suite.expect(f"{type_}: the duration is that of the request at hand", world.api(
            f"{type_}.short", "GET", "/users/me", cookies[f"{type_}.long"]), 403)
        suite.expect(f"{type_}: where it is longer, the session goes on", world.api(
            f"{type_}.zero", "GET", "/users/me", cookies[f"{type_}.long"]), 200)
