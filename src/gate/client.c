/* client.c - see client.h */
#include "gate/client.h"

/* RFC 9110 section 12.5.1.  Browsers name it; programs say anything else, or that they take all. */
static bool
takes_html(struct str accept)
{
	struct str range, type, parameters;

	while (!str_is_null(accept)) {
		(void)str_split(accept, ',', &range, &accept);
		(void)str_split(range, ';', &type, &parameters);
		if (str_eq_nocase(str_trim(type), STR_LIT("text/html")))
			return true;
	}
	return false;
}

bool
client_is_browser(const struct cgi_vars *vars)
{
	const struct str *values = vars->values;
	struct str mode = values[CGI_HTTP_SEC_FETCH_MODE];
	struct str dest = values[CGI_HTTP_SEC_FETCH_DEST];

	if (!str_is_empty(mode))
		return str_eq(mode, STR_LIT("navigate")) &&
		       (str_is_empty(dest) || str_eq(dest, STR_LIT("document")));
	return str_is_empty(values[CGI_HTTP_X_REQUESTED_WITH]) && !client_is_websocket(vars) &&
	       takes_html(values[CGI_HTTP_ACCEPT]);
}

bool
client_is_script(const struct cgi_vars *vars)
{
	return !str_is_empty(vars->values[CGI_HTTP_SEC_FETCH_MODE]) ||
	       !str_is_empty(vars->values[CGI_HTTP_X_REQUESTED_WITH]);
}

bool
client_is_websocket(const struct cgi_vars *vars)
{
	return !str_is_empty(vars->values[CGI_HTTP_UPGRADE]) ||
	       !str_is_empty(vars->values[CGI_HTTP_SEC_WEBSOCKET_VERSION]);
}
