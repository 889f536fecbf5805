/* fuzz_return_url.c - how the request came, a list of hosts, an address, between line feeds: rewrite it */
#include "core/host_list.h"
#include "core/percent.h"
#include "gate/return_url.h"

#include "fuzz/fuzz.h"

#define PREFIX "/_gate/"

/* scheme, host of the list, or nothing; then a path that no browser takes for another host. */
static void
check_grammar(struct str url, const struct return_url_rules *rules)
{
	struct str path = url;
	bool is_path = true;

	if (!str_starts_with(url, STR_LIT("/"))) {
		size_t n = str_starts_with(url, STR_LIT("https://")) ? 8 : 7;

		fuzz_promise(str_starts_with(url, STR_LIT("https://")) ||
			     (str_starts_with(url, STR_LIT("http://")) && !rules->is_https));
		while (n < url.n && url.p[n] != '/') {
			fuzz_promise((url.p[n] >= 'a' && url.p[n] <= 'z') ||
				     (url.p[n] >= '0' && url.p[n] <= '9') ||
				     (url.p[n] != '\0' && strchr("-.:", url.p[n]) != NULL));
			n++;
		}
		path = str_skip(url, str_starts_with(url, STR_LIT("https://")) ? 8 : 7);
		path = str_take(path, n - (size_t)(path.p - url.p));
		fuzz_promise(path.n > 0 && host_list_has(rules->hosts, path));
		path = str_skip(url, n);
	}
	fuzz_promise(str_starts_with(path, STR_LIT("/")));
	fuzz_promise(!str_starts_with(path, STR_LIT("//")));
	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];

		is_path = is_path && c != '?' && c != '#';
		fuzz_promise(c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL);
		fuzz_promise(c != '%' || percent_escape(str_skip(path, i)) >= 0);
		/* A segment of dots alone would be resolved. */
		if (is_path && c == '/') {
			struct str rest = str_skip(path, i + 1);
			size_t n = 0;

			while (n < rest.n && rest.p[n] == '.')
				n++;
			fuzz_promise(n == 0 || n > 2 ||
				     (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' &&
					 rest.p[n] != '#'));
		}
	}
	/* However often it is decoded, it does not become a page of ours but the first. */
	fuzz_promise(!str_starts_with(path, STR_LIT(PREFIX)) || path.n == strlen(PREFIX) ||
		     path.p[strlen(PREFIX)] == '?' || path.p[strlen(PREFIX)] == '#');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str flag, hosts, url;
	struct return_url_rules rules = { .prefix = STR_LIT(PREFIX) };
	struct buf out, again;
	char *copy;

	(void)str_split(str_mem(data, size), '\n', &flag, &hosts);
	(void)str_split(hosts, '\n', &hosts, &url);
	rules.hosts = hosts;
	rules.is_https = str_eq_z(flag, "https");
	copy = fuzz_copy(url);
	url.p = copy;
	buf_init(&out, 1 << 20);
	buf_init(&again, 1 << 20);
	if (return_url_rewrite(url, &rules, &out)) {
		check_grammar(buf_str(&out), &rules);
		if (out.n <= RETURN_URL_MAX_BYTES) {
			fuzz_promise(return_url_rewrite(buf_str(&out), &rules, &again));
			fuzz_promise(str_eq(buf_str(&out), buf_str(&again)));
		}
	} else {
		fuzz_promise(out.n == 0);
	}
	/* What a check quotes is, decoded again, what was asked for, and one slash in front. */
	buf_clear(&out);
	buf_clear(&again);
	return_url_quote(STR_NULL, url, &out);
	percent_decode(buf_str(&out), &again);
	fuzz_promise(again.n >= 1 && again.p[0] == '/');
	fuzz_promise(again.n < 2 || (again.p[1] != '/' && again.p[1] != '\\'));
	fuzz_promise(str_ends_with(url, str_skip(buf_str(&again), 1)));
	buf_fini(&out);
	buf_fini(&again);
	free(copy);
	return 0;
}
