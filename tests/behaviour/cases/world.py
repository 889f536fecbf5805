"""world - the sites and users that all cases share

One running program, and one address for each setting: what a request meets is decided by the
parameters that the web server sends with it.
"""
import json

from .suite import BOB, BOB_BASIC, Site

# Name of the site, and what the web server sends.  "unset" sends nothing, and the environment of
# the program has none of these variables either.
AUTH_TYPES = {
    "none": {"AUTH_TYPE": "none"},
    "unset": {},
    "empty": {"AUTH_TYPE": ""},
    "auth": {"AUTH_TYPE": "auth"},
    "basic_auth": {"AUTH_TYPE": "basic_auth"},
    "session_auth": {"AUTH_TYPE": "session_auth"},
    "session_exp_auth": {"AUTH_TYPE": "session_exp_auth", "SESSION_DURATION": "3600"},
    "session_db_auth": {"AUTH_TYPE": "session_db_auth", "SESSION_DURATION": "3600"},
    "nonsense": {"AUTH_TYPE": "Session_auth"},
}
# Under AUTH_PROFILE=strict every path is 500: what the web server sends besides.
UNSAFE = {
    "profile_nonsense": {"AUTH_TYPE": "session_auth", "AUTH_PROFILE": "Strict"},
    "profile_empty": {"AUTH_TYPE": "session_auth", "AUTH_PROFILE": ""},
    "strict_unset": {"AUTH_PROFILE": "strict"},
    "strict_none": {"AUTH_TYPE": "none", "AUTH_PROFILE": "strict"},
    "strict_csrf_off": {"AUTH_TYPE": "session_auth", "AUTH_PROFILE": "strict", "CSRF_CHECK": "off"},
    "strict_csrf_log": {"AUTH_TYPE": "session_auth", "AUTH_PROFILE": "strict", "CSRF_CHECK": "log"},
    "strict_for_ever": {"AUTH_TYPE": "session_exp_auth", "AUTH_PROFILE": "strict",
                        "SESSION_DURATION": "0"},
    "strict_unreadable": {"AUTH_TYPE": "session_exp_auth", "AUTH_PROFILE": "strict",
                          "SESSION_DURATION": "8 hours"},
    "strict_misspelt": {"AUTH_TYPE": "session_auth", "AUTH_PROFILE": "strict", "SESSION_IDEL": "60"},
    "strict_open": {"AUTH_TYPE": "session_auth", "AUTH_PROFILE": "strict", "USERS_API": "open"},
    "strict_short": {"AUTH_TYPE": "session_auth", "AUTH_PROFILE": "strict", "PASSWORD_MIN": "7"},
    "strict_unthrottled": {"AUTH_TYPE": "session_auth", "AUTH_PROFILE": "strict",
                           "LOGIN_THROTTLE": "off"},
}
UNSAFE = {name: {"LOGIN_THROTTLE": "on", **parameters} for name, parameters in UNSAFE.items()}
SESSION_TYPES = ("session_auth", "session_exp_auth", "session_db_auth")

OTHERS = {
    "named": {"AUTH_TYPE": "session_auth", "SESSION_NAME": "sid"},
    "misnamed": {"AUTH_TYPE": "session_auth", "SESSION_NAME": "my session"},
    "https": {"AUTH_TYPE": "session_auth", "HTTPS": "on"},
    "min_15": {"AUTH_TYPE": "session_auth", "PASSWORD_MIN": "15"},
    "min_bad": {"AUTH_TYPE": "session_auth", "PASSWORD_MIN": "8 or more"},
    "realm_a": {"AUTH_TYPE": "session_auth", "AUTH_REALM": "a"},
    "realm_b": {"AUTH_TYPE": "session_auth", "AUTH_REALM": "b"},
    "cors_list": {"AUTH_TYPE": "session_auth",
                  "CORS_ORIGINS": "https://a.example https://b.example:8443"},
    "cors_none": {"AUTH_TYPE": "session_auth", "CORS_ORIGINS": ""},
    "token": {"AUTH_TYPE": "session_db_auth", "SESSION_DURATION": "3600", "SESSION_ID": "token"},
    "token_in_memory": {"AUTH_TYPE": "session_auth", "SESSION_ID": "token"},
    "id_nonsense": {"AUTH_TYPE": "session_auth", "SESSION_ID": "long"},
    "strict": {"AUTH_TYPE": "session_db_auth", "AUTH_PROFILE": "strict", "LOGIN_THROTTLE": "on"},
    "strict_basic": {"AUTH_TYPE": "basic_auth", "AUTH_PROFILE": "strict", "LOGIN_THROTTLE": "on"},
    "strict_https": {"AUTH_TYPE": "session_auth", "AUTH_PROFILE": "strict", "HTTPS": "on",
                     "LOGIN_THROTTLE": "on"},
    "details": {"AUTH_TYPE": "session_auth", "SESSION_DETAILS": "on"},
    "details_db": {"AUTH_TYPE": "session_db_auth", "SESSION_DETAILS": "on"},
    "details_nonsense": {"AUTH_TYPE": "session_auth", "SESSION_DETAILS": "yes"},
    "csrf_off": {"AUTH_TYPE": "session_auth", "CSRF_CHECK": "off"},
    "csrf_log": {"AUTH_TYPE": "session_auth", "CSRF_CHECK": "log"},
    "csrf_nonsense": {"AUTH_TYPE": "session_auth", "CSRF_CHECK": "yes"},
    "gate": {"AUTH_TYPE": "session_db_auth", "SESSION_NAME": "sid"},
    "gate_https": {"AUTH_TYPE": "session_db_auth", "SESSION_NAME": "sid", "HTTPS": "on"},
    "gate_hosts": {"AUTH_TYPE": "session_auth", "SESSION_NAME": "sid",
                   "GATE_RETURN_HOSTS": "wiki.example.org *.apps.example.org shop.example.org:8443"},
    "auth_basic_of_rfc3875": {"AUTH_TYPE": "Basic"},
    **{f"users_{api}": {"AUTH_TYPE": "basic_auth", "USERS_API": api}
       for api in ("open", "self", "admin", "off")},
    "users_self_none": {"AUTH_TYPE": "none", "USERS_API": "self"},
    "users_nonsense": {"AUTH_TYPE": "basic_auth", "USERS_API": "Admin"},
    "users_empty": {"AUTH_TYPE": "basic_auth", "USERS_API": ""},
    "users_ops": {"AUTH_TYPE": "basic_auth", "USERS_API": "admin", "ADMIN_GROUP": "ops"},
    "admin_group_nonsense": {"AUTH_TYPE": "basic_auth", "ADMIN_GROUP": "a b"},
    "admin_group_empty": {"AUTH_TYPE": "basic_auth", "ADMIN_GROUP": ""},
}
DURATIONS = {
    "short": "60", "short_with_blanks": " 60 ", "short_with_sign": "+60", "short_with_unit": "1m",
    "zero": "0", "negative": "-5", "text": "abc", "fraction": "1.5", "nothing": "", "long": "100000",
}
for type_ in ("session_exp_auth", "session_db_auth"):
    for name_, duration in DURATIONS.items():
        OTHERS[f"{type_}.{name_}"] = {"AUTH_TYPE": type_, "SESSION_DURATION": duration}

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class World:
    """The sites, and short words for what cases do all the time."""

    def __init__(self):
        # Cases give wrong passwords by the dozen.
        self.site = Site({**AUTH_TYPES, **OTHERS, **UNSAFE}, environment=["LOGIN_THROTTLE=off"])
        self.n_made = 0
        try:
            self.site.user(*BOB)
            self.site.user("bobsession@hbtn.io", "fake pwd")
            self.new_user(email="ü@hbtn.io", password="pä☃")
        except BaseException:   # SIGTERM, too
            self.stop()
            raise

    def to(self, site, method, path, headers=(), body=None):
        return self.site.clients[site].request(method, path, headers, body)

    def api(self, site, method, path, headers=(), body=None):
        return self.to(site, method, "/api/v1" + path, headers, body)

    def login(self, site, email=BOB[0], password=BOB[1]):
        """The Cookie header of a new session."""
        answer = self.api(site, "POST", "/auth_session/login", FORM,
                          f"email={email}&password={password}")
        assert answer.status == 200, f"no login at {site}: {answer}"
        name, value, _ = answer.cookie()
        return f"{name}={value}"

    def good(self, site):
        """Headers that get in at this site, or as good as that where nobody gets in."""
        if site in SESSION_TYPES:
            return {"Cookie": self.login(site)}
        return {"Authorization": BOB_BASIC}

    def new_user(self, **members):
        """A user made for one case."""
        self.n_made += 1
        members = {"email": f"made{self.n_made}@example.org", "password": "pw", **members}
        answer = self.api("none", "POST", "/users", JSON, json.dumps(members))
        assert answer.status == 201, f"no user made: {answer}"
        return json.loads(answer.body)

    def stop(self):
        self.site.stop()
