/* listen_set.c - see listen_set.h */
#include "server/listen_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/str.h"

static bool
begins_address(struct str text)
{
	return str_starts_with(text, STR_LIT("unix:")) ||
	       str_starts_with(text, STR_LIT("tcp:"));
}

/* The first address of those that are left; a path may have blanks too.  False: none is left. */
static bool
take_address(struct str *left, struct str *ret_address)
{
	size_t n = 0;

	while (left->n > 0 && left->p[0] == ' ')
		*left = str_skip(*left, 1);
	while (n < left->n && !(left->p[n] == ' ' && begins_address(str_skip(*left, n + 1))))
		n++;
	*ret_address = str_take(*left, n);
	*left = str_skip(*left, n);
	while (ret_address->n > 0 && ret_address->p[ret_address->n - 1] == ' ')
		ret_address->n--;
	return ret_address->n > 0;
}

/* Do that with each address, until it fails. */
static int
for_each(const struct listen_options *options,
    int (*act)(const struct listen_options *one, void *arg, struct err *err), void *arg,
    struct err *err)
{
	struct str left = str_of(options->address), address;
	int r = 0;

	while (r == 0 && take_address(&left, &address)) {
		struct listen_options one = *options;
		char *text = str_dup(address);

		if (text == NULL)
			return err_set(err, -ENOMEM, "%s", strerror(ENOMEM));
		one.address = text;
		r = act(&one, arg, err);
		free(text);
	}
	return r;
}

static int
open_one(const struct listen_options *one, void *arg, struct err *err)
{
	struct listen_set *set = arg;
	int r;

	if (set->n == LISTEN_MAX)
		return err_set(
		    err, -EINVAL, "more than %d sockets to listen on: give fewer", LISTEN_MAX);
	if ((r = listen_open(one, &set->sockets[set->n], err)) == 0)
		set->n++;
	return r;
}

int
listen_set_open(
    const struct listen_options *options, struct listen_set *ret_set, struct err *err)
{
	int r;

	*ret_set = LISTEN_SET_EMPTY;
	r = for_each(options, open_one, ret_set, err);
	if (r == 0 && ret_set->n == 0) /* blanks */
		r = listen_refuse_address(options->address, err);
	if (r == 0)
		listen_set_warn(ret_set);
	else
		listen_set_close(ret_set);
	return r;
}

static int
check_one(const struct listen_options *one, void *arg, struct err *err)
{
	(void)err;
	listen_check(one, arg);
	return 0;
}

void
listen_set_check(const struct listen_options *options, struct checklist *list)
{
	struct err err = { "" };

	if (for_each(options, check_one, list, &err) != 0)
		checklist_add(list, false, "socket", "%s", err.text);
}

bool
listen_set_is_for_checks(const struct listen_set *set, unsigned which)
{
	if (!listen_is_tcp(set->sockets[which].fd))
		return false;
	for (unsigned i = 0; i < set->n; i++)
		if (!listen_is_tcp(set->sockets[i].fd))
			return true;
	return false;
}

void
listen_set_warn(const struct listen_set *set)
{
	for (unsigned i = 0; i < set->n; i++) {
		if (!listen_is_tcp(set->sockets[i].fd))
			continue;
		if (listen_set_is_for_checks(set, i))
			log_info("listen",
			    log_z("tcp", "for checks of the role AUTHORIZER alone, because "
					 "there is a unix socket"));
		else
			log_warn("listen",
			    log_z("problem", "over TCP every local user can speak as the web "
					     "server does: prefer a unix socket"));
	}
}

void
listen_set_end(struct listen_set *set)
{
	for (unsigned i = 0; i < set->n; i++)
		listen_end(&set->sockets[i]);
}

void
listen_set_close(struct listen_set *set)
{
	while (set->n > 0)
		listen_close(&set->sockets[--set->n]);
}
