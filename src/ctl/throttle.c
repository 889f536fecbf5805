/*
 * throttle.c - the verbs of what slows guesses (command.h)
 *
 * Only digests of users and networks are kept.  A user is found again by the digests of all users, a
 * network by that of the one that is given; else the digest itself is the name.
 */
#include "ctl/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "ctl/audit.h"
#include "ctl/report.h"
#include "throttle/network.h"

#define HANDLE_DIGITS 16

/* Whose counts are meant: a half of their keys. */
struct target {
	uint64_t account, network; /* 0: any */
	bool is_either;            /* a digest: of an account or of a network */
};

static bool
read_handle(const char *text, uint64_t *ret)
{
	if (strlen(text) != HANDLE_DIGITS || strspn(text, "0123456789abcdef") != HANDLE_DIGITS)
		return false;
	*ret = strtoull(text, NULL, 16);
	return true;
}

/* "192.0.2.1/32" and "2001:db8::/64" are what they are without the length. */
static struct str
without_length(const char *text)
{
	struct str address = str_of(text);
	struct str length = str_of(strchr(text, ':') != NULL ? "/64" : "/32");

	return str_ends_with(address, length) ? str_take(address, address.n - length.n)
					      : address;
}

static struct target
read_target(const struct throttle *throttle, const char *text)
{
	struct target target = { 0 };
	struct network network;

	if (text == NULL)
		return target;
	if (read_handle(text, &target.account)) {
		target.network = target.account;
		target.is_either = true;
		return target;
	}
	network = network_of(without_length(text));
	if (network_str(&network).n > 1)
		target.network = throttle_network(throttle, without_length(text));
	else
		target.account = throttle_account(throttle, str_of(text));
	return target;
}

static bool
is_meant(const struct target *target, const struct failures_entry *entry)
{
	if (target->is_either)
		return entry->account == target->account || entry->network == target->network;
	return (target->account == 0 || entry->account == target->account) &&
	       (target->network == 0 || entry->network == target->network);
}

static int
report_failed(const struct command *c, const char *what, int r)
{
	(void)fprintf(stderr,
	    r == -ETIMEDOUT
		? "sessiongatectl: cannot %s: a stopped process holds the lock of %s/%s: find "
		  "it and end it, or try again\n"
		: "sessiongatectl: cannot %s in %s/%s: no memory\n",
	    what, c->app.settings->run_dir, FAILURES_FILE);
	return EXIT_FAILURE;
}

/* ------------------------------------------------------------------------------- list */

struct row {
	enum failures_kind kind;
	struct failures_entry entry;
	char *email; /* NULL: no user has the account */
};

struct listing {
	struct target target;
	struct row *rows;
	size_t n, n_room;
	bool has_failed; /* no memory */
};

static bool
take_row(void *arg, enum failures_kind kind, const struct failures_entry *entry)
{
	struct listing *listing = arg;

	if (kind == FAILURES_PLACE || !is_meant(&listing->target, entry))
		return false;
	if (listing->n == listing->n_room) {
		size_t n_room = listing->n_room * 2 + 64;
		struct row *rows = reallocarray(listing->rows, n_room, sizeof(*rows));

		if (rows == NULL) {
			listing->has_failed = true;
			return false;
		}
		listing->rows = rows;
		listing->n_room = n_room;
	}
	listing->rows[listing->n++] = (struct row){ kind, *entry, NULL };
	return false;
}

/* By account; of each the most failures first. */
static int
compare(const void *a, const void *b)
{
	const struct failures_entry *x = &((const struct row *)a)->entry;
	const struct failures_entry *y = &((const struct row *)b)->entry;

	if (x->account != y->account)
		return x->account < y->account ? -1 : 1;
	return (x->n < y->n) - (x->n > y->n);
}

struct naming {
	const struct throttle *throttle;
	struct listing *listing;
};

static bool
name_rows(void *arg, const struct user *user)
{
	struct naming *naming = arg;
	struct listing *listing = naming->listing;
	uint64_t account = throttle_account(naming->throttle, user->email);
	size_t low = 0, high = listing->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (listing->rows[middle].entry.account < account)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < listing->n && listing->rows[low].entry.account == account; low++) {
		listing->rows[low].email = strndup(user->email.p, user->email.n);
		listing->has_failed |= listing->rows[low].email == NULL;
	}
	return true;
}

static void
print_half(const char *what, uint64_t half)
{
	if (half == 0)
		(void)printf("  %-*s", HANDLE_DIGITS, what);
	else
		(void)printf("  %0*llx", HANDLE_DIGITS, (unsigned long long)half);
}

static void
print_row(const struct throttle *throttle, const struct row *row)
{
	unsigned wait_s = throttle_wait_s(throttle, row->kind, &row->entry, clock_boot_ms());

	(void)printf("%8u  %4u s", row->entry.n, wait_s);
	print_half("all networks", row->entry.network);
	print_half("all users", row->entry.account);
	if (row->email != NULL) {
		(void)printf("  ");
		report_plain(stdout, str_of(row->email));
	}
	(void)putchar('\n');
}

static int
list(struct command *c, char **arguments)
{
	struct throttle *throttle = &c->app.env.throttle;
	struct listing listing = { .target = read_target(throttle, arguments[0]) };
	struct naming naming = { throttle, &listing };
	int r = failures_each(&throttle->failures, take_row, &listing), status = EXIT_SUCCESS;

	if (listing.n > 0)
		qsort(listing.rows, listing.n, sizeof(listing.rows[0]), compare);
	if (r != 0 || listing.has_failed)
		status = report_failed(c, "list what is counted", r);
	else if ((r = users_each(c->env.users, name_rows, &naming)) != 0)
		status = report_journal_failed(c, "read the users", r);
	for (size_t i = 0; i < listing.n; i++) {
		if (status == EXIT_SUCCESS)
			print_row(throttle, &listing.rows[i]);
		free(listing.rows[i].email);
	}
	free(listing.rows);
	return status;
}

/* ------------------------------------------------------------------------------- lift */

struct lifting {
	struct target target;
	unsigned long n;
};

static bool
lift_one(void *arg, enum failures_kind kind, const struct failures_entry *entry)
{
	struct lifting *lifting = arg;
	bool is_lifted = kind != FAILURES_PLACE && is_meant(&lifting->target, entry);

	lifting->n += is_lifted;
	return is_lifted;
}

static int
lift(struct command *c, char **arguments)
{
	struct throttle *throttle = &c->app.env.throttle;
	struct lifting lifting = { .target = read_target(throttle, arguments[0]) };
	char whose[HANDLE_DIGITS + 1] = "all";
	int r;

	if ((arguments[0] != NULL) == c->is_all) {
		(void)fprintf(stderr, "sessiongatectl: throttle lift takes an address of a "
				      "user or a network, what "
				      "throttle list shows for one, or --all\n");
		return EXIT_USAGE;
	}
	if (!c->is_all)
		(void)snprintf(whose, sizeof(whose), "%0*llx", HANDLE_DIGITS,
		    (unsigned long long)(lifting.target.account | lifting.target.network));
	r = failures_each(&throttle->failures, lift_one, &lifting);
	if (lifting.n > 0)
		audit("throttle-lifted", log_z("whose", whose));
	if (r != 0)
		return report_failed(c, "forget what is counted", r);
	(void)printf("%lu count%s forgotten\n", lifting.n, lifting.n == 1 ? "" : "s");
	return EXIT_SUCCESS;
}

/* clang-format off */
const struct verb throttle_verbs[] = {
	{ "list", "[WHOSE]", "who waits after wrong passwords, or has given some", 0, list },
	{ "lift", "[WHOSE]", "forget those of a user or a network, or --all", 0, lift },
	{ NULL, NULL, NULL, 0, NULL },
};
