/* user_sessions.c - see user_sessions.h */
#include "model/user_sessions.h"

#include <string.h>

static struct collection *
collection_of(struct user_sessions *sessions)
{
	return (struct collection *)sessions;
}

int
user_sessions_open(
    struct user_sessions **ret, const struct journal_config *config, struct err *err)
{
	struct collection *c;
	int r = collection_open(&c, &user_session_model, config, err);

	if (r == 0)
		*ret = (struct user_sessions *)c;
	return r;
}

void
user_sessions_close(struct user_sessions *sessions)
{
	collection_close(collection_of(sessions));
}

struct collection *
user_sessions_collection(struct user_sessions *sessions)
{
	return collection_of(sessions);
}

int
user_sessions_add(struct user_sessions *sessions, const struct user_session *session)
{
	return collection_put(collection_of(sessions), &session->base);
}

int
user_sessions_remove(struct user_sessions *sessions, const struct digest_tag *tag)
{
	char key[USER_SESSION_KEY_BYTES];

	user_session_key(tag, key);
	return collection_drop(collection_of(sessions), str_of(key));
}

int
user_sessions_read_journal(
    const struct journal_config *config, journal_apply_fn apply, void *arg, struct err *err)
{
	struct journal *store;
	int r = journal_open(config, &store, err);

	if (r != 0)
		return r;
	if ((r = journal_catch_up(store, apply, arg)) < 0)
		(void)err_set(err, r, "cannot read %s/%s.jsonl: %s", config->dir_path,
		    config->name, strerror(-r));
	journal_close(store);
	return r;
}
