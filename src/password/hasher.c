/* hasher.c - see hasher.h */
#include "password/hasher.h"

#include <stdlib.h>

#include <sodium.h>

/*
 * A request verifies one password and hashes one or two; more only when the stored hash is
 * replaced by others meanwhile, again and again.
 */
#define ENTRIES_MAX 8

/* What is longer is as unusable as this: password.h. */
#define KEPT_PASSWORD_BYTES (PASSWORD_MAX_BYTES + 1)

struct hasher_entry {
	struct hasher_entry *next;
	char password[KEPT_PASSWORD_BYTES];
	size_t n_password;
	char *stored; /* to verify; NULL: to make one */
	unsigned cost;
	char hash[PASSWORD_HASH_BYTES]; /* that was made */
	int result;
};

/* With the right password the original's SHA-256 takes no time: it needs no turn. */
static bool
needs_no_turn(const char *stored, struct str password)
{
	return password_is_legacy(stored) && password_verify(stored, password) == 0;
}

static int
enter(const struct admission *admission, unsigned wait_ms, struct admission_ticket *ret_ticket)
{
	struct admission within = *admission;

	within.wait_ms = wait_ms;
	return admission_enter(&within, ret_ticket);
}

static void
entry_free(struct hasher_entry *entry)
{
	free(entry->stored);
	sodium_memzero(entry, sizeof(*entry));
	free(entry);
}

static bool
is_for(const struct hasher_entry *entry, const char *stored, struct str password, unsigned cost)
{
	if ((stored != NULL) != (entry->stored != NULL) || entry->cost != cost ||
	    (stored != NULL && strcmp(entry->stored, stored) != 0))
		return false;
	password = str_take(password, KEPT_PASSWORD_BYTES);
	return password.n == entry->n_password &&
	       (password.n == 0 || sodium_memcmp(entry->password, password.p, password.n) == 0);
}

static struct hasher_entry *
entry_new(const char *stored, struct str password, unsigned cost)
{
	struct hasher_entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		return NULL;
	password = str_take(password, KEPT_PASSWORD_BYTES);
	if (password.n > 0)
		memcpy(entry->password, password.p, password.n);
	entry->n_password = password.n;
	entry->cost = cost;
	entry->result = HASHER_LATER;
	if (stored == NULL)
		return entry;
	if ((entry->stored = malloc(strlen(stored) + 1)) == NULL) {
		entry_free(entry);
		return NULL;
	}
	memcpy(entry->stored, stored, strlen(stored) + 1);
	return entry;
}

/* From the list, or HASHER_LATER. */
static int
look_up(const struct hasher *hasher, const char *stored, struct str password,
    const struct hasher_entry **ret_entry)
{
	struct hasher_list *list = hasher->list;
	struct hasher_entry *entry;

	for (entry = list->first; entry != NULL; entry = entry->next)
		if (is_for(entry, stored, password, hasher->cost)) {
			*ret_entry = entry;
			return entry->result;
		}
	if (list->pending != NULL)
		return HASHER_LATER; /* one after the other */
	if (list->n == ENTRIES_MAX)
		return -EBUSY;
	if ((entry = entry_new(stored, password, hasher->cost)) == NULL)
		return -ENOMEM;
	entry->next = list->first;
	list->first = list->pending = entry;
	list->n++;
	list->admission = hasher->admission;
	admission_note_waiting(hasher->admission, 1);
	return HASHER_LATER;
}

static int
hash_admitted(struct admission *admission, unsigned wait_ms, struct str password, unsigned cost,
    char ret_hash[PASSWORD_HASH_BYTES])
{
	struct admission_ticket ticket;
	int r = enter(admission, wait_ms, &ticket);

	if (r != 0)
		return r;
	r = password_hash(password, cost, ret_hash);
	admission_leave(admission, ticket);
	return r;
}

static int
verify_admitted(struct admission *admission, unsigned wait_ms, const char *stored,
    struct str password, unsigned cost)
{
	struct admission_ticket ticket;
	int r;

	if (needs_no_turn(stored, password))
		return 0;
	if ((r = enter(admission, wait_ms, &ticket)) != 0)
		return r;
	r = password_verify_evenly(stored, password, cost);
	admission_leave(admission, ticket);
	return r;
}

int
hasher_hash(
    const struct hasher *hasher, struct str password, char ret_hash[PASSWORD_HASH_BYTES])
{
	const struct hasher_entry *entry;
	int r;

	if (hasher->list == NULL)
		return hash_admitted(hasher->admission, hasher->admission->wait_ms, password,
		    hasher->cost, ret_hash);
	if ((r = look_up(hasher, NULL, password, &entry)) == 0)
		memcpy(ret_hash, entry->hash, sizeof(entry->hash));
	return r;
}

int
hasher_verify(const struct hasher *hasher, const char *stored, struct str password)
{
	const struct hasher_entry *entry;

	if (hasher->list == NULL)
		return verify_admitted(hasher->admission, hasher->admission->wait_ms, stored,
		    password, hasher->cost);
	return look_up(hasher, stored, password, &entry);
}

bool
hasher_is_pending(const struct hasher_list *list)
{
	return list->pending != NULL;
}

static void
pending_is_over(struct hasher_list *list)
{
	if (list->pending != NULL)
		admission_note_waiting(list->admission, -1);
	list->pending = NULL;
}

void
hasher_run(struct hasher_list *list, unsigned wait_ms)
{
	struct hasher_entry *entry = list->pending;
	struct str password = str_mem(entry->password, entry->n_password);

	pending_is_over(list); /* whoever waits in admission_enter() is counted there */
	entry->result = entry->stored != NULL ? verify_admitted(list->admission, wait_ms,
						    entry->stored, password, entry->cost)
					      : hash_admitted(list->admission, wait_ms,
						    password, entry->cost, entry->hash);
	list->has_run |= entry->result >= 0;
}

void
hasher_list_wipe(struct hasher_list *list)
{
	pending_is_over(list);
	while (list->first != NULL) {
		struct hasher_entry *entry = list->first;

		list->first = entry->next;
		entry_free(entry);
	}
	list->n = 0;
	list->has_run = false;
}
