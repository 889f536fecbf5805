/* browser.c - see browser.h */
#include "gate/browser.h"

#include <stdio.h>

struct sign {
	const char *word, *name;
};

/* The first that fits: most say that they are Chrome and Safari, too. */
static const struct sign browsers[] = {
	{ "Edg", "Edge" },
	{ "OPR/", "Opera" },
	{ "Vivaldi/", "Vivaldi" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "FxiOS/", "Firefox" },
	{ "Firefox/", "Firefox" },
	{ "CriOS/", "Chrome" },
	{ "Chrome/", "Chrome" },
	{ "Safari/", "Safari" },
};

static const struct sign systems[] = {
	{ "iPhone", "iPhone" },
	{ "iPad", "iPad" },
	{ "Android", "Android" },
	{ "Windows", "Windows" },
	{ "CrOS", "ChromeOS" },
	{ "Macintosh", "Mac" },
	{ "Linux", "Linux" },
	{ "BSD", "BSD" },
};

/* NULL: none of them. */
static const char *
find(struct str agent, const struct sign *signs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (memmem(agent.p, agent.n, signs[i].word, strlen(signs[i].word)) != NULL)
			return signs[i].name;
	return NULL;
}

struct str
browser_name(struct str agent, char room[BROWSER_NAME_BYTES])
{
	const char *browser, *os;
	struct str word, rest;

	if (str_is_empty(agent))
		return STR_LIT("");
	browser = find(agent, browsers, sizeof(browsers) / sizeof(browsers[0]));
	os = find(agent, systems, sizeof(systems) / sizeof(systems[0]));
	if (browser == NULL) {
		(void)str_split(agent, ' ', &word, &rest);
		return word;
	}
	(void)snprintf(room, BROWSER_NAME_BYTES, "%s%s%s", browser, os != NULL ? ", " : "",
	    os != NULL ? os : "");
	return str_of(room);
}
