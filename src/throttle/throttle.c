/* throttle.c - see throttle.h */
#include "throttle/throttle.h"

#include "throttle/network.h"

#define NETWORK_WINDOW_S  (10 * 60)
#define ACCOUNT_WINDOW_S  (60 * 60)
#define ACCOUNT_WAIT_S    1
#define DOUBLINGS_MOST    16
#define ADDRESS_MAX_BYTES 256 /* no user has a longer one */

/* What a try is counted for. */
static const enum failures_kind counted[] = { FAILURES_PAIR, FAILURES_NETWORK,
	FAILURES_ACCOUNT };
#define N_COUNTED_MAX (sizeof(counted) / sizeof(counted[0]))

static const char *const names[FAILURES_N] = {
	[FAILURES_PAIR] = "user and network",
	[FAILURES_NETWORK] = "network",
	[FAILURES_ACCOUNT] = "user",
};

static uint64_t
half(const struct throttle *throttle, struct str use, struct str text)
{
	const struct str parts[] = { use, text };
	struct digest_tag tag = digest_tag(throttle->key, parts, 2);
	uint64_t it;

	memcpy(&it, tag.bytes, sizeof(it));
	return it != 0 ? it : 1;
}

uint64_t
throttle_account(const struct throttle *throttle, struct str account)
{
	char text[ADDRESS_MAX_BYTES];

	if (throttle->limits.folds_case) {
		account = str_take(account, sizeof(text));
		for (size_t i = 0; i < account.n; i++)
			text[i] = account.p[i] >= 'A' && account.p[i] <= 'Z'
				      ? (char)(account.p[i] + 'a' - 'A')
				      : account.p[i];
		account.p = text;
	}
	return half(throttle, STR_LIT("throttle/account"), account);
}

uint64_t
throttle_network(const struct throttle *throttle, struct str remote_addr)
{
	struct network network = network_of(remote_addr);

	return half(throttle, STR_LIT("throttle/network"), network_str(&network));
}

/* ----------------------------------------------------------------------- rules */

/* Of a time that is over: what is counted next begins another. */
static bool
is_over(const struct throttle *throttle, enum failures_kind kind,
    const struct failures_entry *entry, int64_t now_ms)
{
	int64_t age_s = now_ms / 1000 - entry->since_s;

	/* A network that waits goes on waiting until it leaves off. */
	return (kind == FAILURES_NETWORK && age_s > NETWORK_WINDOW_S &&
		   entry->n < throttle->limits.network_tries) ||
	       (kind == FAILURES_ACCOUNT && age_s > ACCOUNT_WINDOW_S);
}

static unsigned
doubled(unsigned n, unsigned free, unsigned most_s)
{
	unsigned beyond = n - free;
	unsigned s = 1U << (beyond < DOUBLINGS_MOST ? beyond : DOUBLINGS_MOST);

	return s < most_s ? s : most_s;
}

static unsigned
wait_after(const struct throttle *throttle, enum failures_kind kind,
    const struct failures_entry *entry)
{
	const struct throttle_limits *limits = &throttle->limits;

	if (kind == FAILURES_ACCOUNT)
		return entry->n >= limits->account_tries ? ACCOUNT_WAIT_S : 0;
	if (kind == FAILURES_NETWORK)
		return entry->n < limits->network_tries
			   ? 0
			   : doubled(entry->n, limits->network_tries, limits->wait_s);
	return kind == FAILURES_PLACE || entry->n < limits->tries
		   ? 0
		   : doubled(entry->n, limits->tries, limits->wait_s);
}

unsigned
throttle_wait_s(const struct throttle *throttle, enum failures_kind kind,
    const struct failures_entry *entry, int64_t now_ms)
{
	int64_t until_ms;

	if (is_over(throttle, kind, entry, now_ms))
		return 0;
	until_ms = entry->at_ms + (int64_t)wait_after(throttle, kind, entry) * 1000;
	return until_ms > now_ms ? (unsigned)((until_ms - now_ms + 999) / 1000) : 0;
}

/* -------------------------------------------------------------------- attempts */

static struct failures_entry
get(const struct failures_change *change, const struct throttle_attempt *attempt,
    enum failures_kind kind)
{
	uint64_t network = kind == FAILURES_ACCOUNT ? 0
			   : kind == FAILURES_PAIR  ? attempt->source
						    : attempt->network;

	return failures_get(
	    change, kind, kind != FAILURES_NETWORK ? attempt->account : 0, network);
}

/* Of a device the pair alone. */
static size_t
n_counted(const struct throttle_attempt *attempt)
{
	return attempt->source == attempt->network ? N_COUNTED_MAX : 1;
}

static bool
is_known_place(const struct failures_change *change, const struct throttle_attempt *attempt)
{
	return get(change, attempt, FAILURES_PLACE).n > 0;
}

/* 0, or THROTTLE_E_WAIT and for how long. */
static int
may_try(const struct failures_change *change, struct throttle_attempt *attempt)
{
	attempt->wait_s = 0;
	for (size_t i = 0; i < n_counted(attempt); i++) {
		struct failures_entry entry = get(change, attempt, counted[i]);
		unsigned s =
		    throttle_wait_s(attempt->throttle, counted[i], &entry, change->now_ms);

		if (s <= attempt->wait_s ||
		    (counted[i] == FAILURES_ACCOUNT && is_known_place(change, attempt)))
			continue;
		attempt->wait_s = s;
		attempt->by = n_counted(attempt) == 1 ? "user and device" : names[counted[i]];
	}
	return attempt->wait_s > 0 ? THROTTLE_E_WAIT : 0;
}

static void
count(struct failures_change *change, struct throttle_attempt *attempt)
{
	for (size_t i = 0; i < n_counted(attempt); i++) {
		struct failures_entry entry = get(change, attempt, counted[i]);

		if (is_over(attempt->throttle, counted[i], &entry, change->now_ms))
			entry.n = 0;
		if (entry.n == 0)
			entry.since_s = (uint32_t)(change->now_ms / 1000);
		attempt->before_ms[counted[i]] = entry.at_ms;
		entry.at_ms = change->now_ms;
		entry.n += entry.n < UINT32_MAX;
		attempt->n[counted[i]] = entry.n;
		failures_put(change, counted[i], &entry);
	}
}

/* As if it had not been counted; what was counted since stays. */
static void
take_back(struct failures_change *change, const struct throttle_attempt *attempt,
    enum failures_kind kind)
{
	struct failures_entry entry = get(change, attempt, kind);

	if (entry.n == 0)
		return;
	if (entry.n-- == attempt->n[kind])
		entry.at_ms = attempt->before_ms[kind];
	failures_put(change, kind, &entry);
}

/* The user is who he says: his mistakes before count no more, those of others do. */
static void
let_in(struct failures_change *change, const struct throttle_attempt *attempt)
{
	struct failures_entry pair = get(change, attempt, FAILURES_PAIR);
	struct failures_entry place = get(change, attempt, FAILURES_PLACE);

	pair.n = 0;
	failures_put(change, FAILURES_PAIR, &pair);
	for (size_t i = 1; i < n_counted(attempt); i++)
		take_back(change, attempt, counted[i]);
	place.n = 1;
	place.at_ms = change->now_ms;
	failures_put(change, FAILURES_PLACE, &place);
}

int
throttle_begin(struct throttle *throttle, struct str account, struct str remote_addr,
    struct str device, struct throttle_attempt *attempt)
{
	uint64_t its_account = throttle_account(throttle, account);
	struct failures_change change;
	int r;

	if (attempt->state != THROTTLE_OPEN && attempt->account == its_account)
		return 0;
	throttle_end(attempt, THROTTLE_NOT_TRIED);
	*attempt = (struct throttle_attempt){ .throttle = throttle,
		.account = its_account,
		.network = throttle_network(throttle, remote_addr) };
	attempt->source = str_is_null(device)
			      ? attempt->network
			      : half(throttle, STR_LIT("throttle/device"), device);
	if ((r = failures_begin(&throttle->failures, &change)) != 0)
		return r;
	if ((r = may_try(&change, attempt)) == 0) {
		count(&change, attempt);
		attempt->state = THROTTLE_HELD;
	}
	failures_commit(&change);
	return r;
}

void
throttle_leave(struct throttle_attempt *attempt, bool has_looked)
{
	/* Whoever did not wait for the answer has had his try. */
	if (attempt->state == THROTTLE_HELD && !has_looked)
		throttle_end(attempt, THROTTLE_NOT_TRIED);
	*attempt = (struct throttle_attempt){ 0 };
}

void
throttle_end(struct throttle_attempt *attempt, enum throttle_outcome outcome)
{
	bool is_held = attempt->state == THROTTLE_HELD;
	struct failures_change change;

	/* After one that passed, in the same request: a second password was looked at. */
	bool is_second = attempt->state == THROTTLE_DONE && outcome == THROTTLE_REFUSED;

	if (is_held)
		attempt->state = outcome == THROTTLE_PASSED ? THROTTLE_DONE : THROTTLE_OPEN;
	if ((!is_held || outcome == THROTTLE_REFUSED) && !is_second)
		return;
	/* What cannot be changed now stays counted, and is forgotten in time. */
	if (failures_begin(&attempt->throttle->failures, &change) != 0)
		return;
	if (is_second)
		count(&change, attempt);
	else if (outcome == THROTTLE_PASSED)
		let_in(&change, attempt);
	else
		for (size_t i = 0; i < n_counted(attempt); i++)
			take_back(&change, attempt, counted[i]);
	failures_commit(&change);
}
