/* try_rules.c - see try_rules.h */
#include "ctl/try_rules.h"

#include <stddef.h>

static const struct {
	const char *name;  /* of "gate recipe" */
	struct str header; /* how the header begins */
} servers[TRY_SERVER_N] = {
	[TRY_NGINX] = { "nginx", STR_INIT("nginx") },
	[TRY_LIGHTTPD] = { "lighttpd", STR_INIT("lighttpd") },
	[TRY_APACHE] = { "apache", STR_INIT("Apache") },
	[TRY_CADDY] = { "caddy", STR_INIT("Caddy") },
	[TRY_ANY] = { "any web server", STR_INIT("") },
};

/* The text of a server, or that of all. */
static const char *const texts[TRY_RULE_N][TRY_SERVER_N] = {
	[TRY_SITE_OPEN] = {
		[TRY_NGINX] = "`include sessiongate_gate_server;` in server { }, and no `satisfy any`",
		[TRY_LIGHTTPD] = "`\"check-local\" => \"disable\"` beside `\"mode\" => \"authorizer\"`; "
		    "mod_fastcgi before mod_proxy in server.modules, in all files together",
		[TRY_APACHE] = "`AuthType Sessiongate` and `Require valid-user` in <LocationMatch "
		    "\"^/(?!_gate/)\">, and no other `Require` beside it",
		[TRY_CADDY] = "`import sessiongate gate_check any` before reverse_proxy",
		[TRY_ANY] = "the web server must ask the gate before it answers",
	},
	[TRY_ADDRESS_OPEN] = {
		[TRY_NGINX] = "`auth_request /_gate/check;` in server { } (include "
		    "sessiongate_gate_server), not in one location, where another that fits better "
		    "does without; no `return` and no `rewrite` with redirect for it, which answer "
		    "before the check; no `auth_request off`",
		[TRY_LIGHTTPD] = "`\"check-local\" => \"disable\"` beside `\"mode\" => \"authorizer\"`, "
		    "and no fastcgi.server of its own for that path without the gate's entry first",
		[TRY_APACHE] = "no <Location> of its own with another `Require` or AuthType",
		[TRY_CADDY] = "`import sessiongate gate_check any` in the handle block of that path",
		[TRY_ANY] = "the check for that path",
	},
	[TRY_FORM_OPEN] = {
		[TRY_NGINX] = "`include sessiongate_gate_server;` in server { } asks for every spelling; "
		    "where one path alone is closed: `location ~* ^/path`, without an end, without "
		    "case",
		[TRY_LIGHTTPD] = "`$HTTP[\"url\"] !~ \"^/_gate/\"` asks for every spelling; where one path "
		    "alone is closed: `=~ \"(?i)^/path\"`, without an end, without case",
		[TRY_APACHE] = "<LocationMatch \"^/(?!_gate/)\"> asks for every spelling; where one path "
		    "alone is closed: `(?i)^/path`, without an end, without case; AllowEncodedSlashes "
		    "stays off",
		[TRY_CADDY] = "`handle { import sessiongate gate_check any ... }` asks for every spelling; "
		    "where one path alone is closed: `handle /path*`, without an end",
		[TRY_ANY] = "a path without its end, and without case",
	},
	[TRY_METHOD_OPEN] = { [TRY_ANY] = "the check is asked whatever the method is: no limit_except, "
		"<Limit> or condition on the method around it (for preflights there is "
		"AUTH_PREFLIGHT=pass)" },
	[TRY_TRACE_OPEN] = {
		[TRY_APACHE] = "`TraceEnable off`",
		[TRY_ANY] = "no answer to TRACE",
	},
	[TRY_HEADERS_OPEN] = {
		[TRY_NGINX] = "no `satisfy any`, no `if` on a header a client can send; set_real_ip_from "
		    "only proxies of your own",
		[TRY_ANY] = "no condition on a header that a client can send; trust no X-Forwarded-For of "
		    "strangers",
	},
	[TRY_SHUT] = {
		[TRY_NGINX] = "`fastcgi_param GATE nginx;` in the check, an AUTH_REQUIRE that is not empty; "
		    "or sessiongate is not running: see the logs",
		[TRY_LIGHTTPD] = "`setenv.add-environment` for AUTH_REQUIRE, not set-environment, which "
		    "replaces all settings; or sessiongate is not running: see the logs",
		[TRY_APACHE] = "an AUTH_REQUIRE that is not empty; or sessiongate is not running, or has no "
		    "--listen tcp:127.0.0.1:9100: see the logs",
		[TRY_CADDY] = "`env GATE caddy` in gate_check, an AUTH_REQUIRE that is not empty; or "
		    "sessiongate is not running: see the logs",
		[TRY_ANY] = "GATE, and an AUTH_REQUIRE that is not empty; or sessiongate is not running: "
		    "see the logs",
	},
	[TRY_CHECK_OPEN] = {
		[TRY_NGINX] = "`internal;` in the check (sessiongate_gate_check)",
		[TRY_ANY] = "no location of its own for the check, which nobody may ask from outside",
	},
	[TRY_NO_PAGE] = {
		[TRY_NGINX] = "`location ^~ /_gate/` with `auth_request off;` (sessiongate_gate_server); or "
		    "give --prefix",
		[TRY_LIGHTTPD] = "the block `$HTTP[\"url\"] =~ \"^/_gate/\"`; or give --prefix",
		[TRY_APACHE] = "`ProxyPass \"/_gate/\"` before that of \"/\"; or give --prefix",
		[TRY_CADDY] = "`handle /_gate/* { import sessiongate gate_pages }`; or give --prefix",
		[TRY_ANY] = "the pages of the gate; or give --prefix",
	},
	[TRY_COOKIE_WEAK] = {
		[TRY_NGINX] = "REQUEST_SCHEME and HTTPS in sessiongate_gate_params: where something in front "
		    "ends TLS, `\"https\"` and `\"on\"`; COOKIE_PREFIX auto",
		[TRY_ANY] = "HTTPS=on must reach the gate, be it that something in front ends TLS; "
		    "COOKIE_PREFIX auto",
	},
};

enum try_server
try_server_of(struct str header)
{
	size_t i = 0;

	while (i < TRY_ANY && !str_starts_with(header, servers[i].header))
		i++;
	return (enum try_server)i;
}

const char *
try_server_name(enum try_server server)
{
	return servers[server].name;
}

const char *
try_rule_text(enum try_rule rule, enum try_server server)
{
	return texts[rule][server] != NULL ? texts[rule][server] : texts[rule][TRY_ANY];
}
