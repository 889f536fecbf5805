/* expired.c - see expired.h */
#include "app/expired.h"

#include "core/log.h"
#include "model/session_list.h"

static void
tell(void *arg, const struct table_expired *expired)
{
	const struct table_entry *entry = expired->entry;
	char user_id[IDENT_TEXT_BYTES], handle[SESSION_HANDLE_BYTES];
	struct app *app = arg;

	/* More at once than could be noted; by a guess, where it is not known. */
	if (entry == NULL) {
		counters_add_many(app->counters, COUNTER_SESSIONS_PAST, expired->n);
		log_info("session-expired", log_i("n", (int64_t)expired->n));
		return;
	}
	counters_add(
	    app->counters, expired->is_idle ? COUNTER_SESSIONS_IDLE : COUNTER_SESSIONS_PAST);
	user_session_unpack_owner(&entry->owner, user_id);
	session_handle(&app->env.key, &entry->tag, handle);
	log_info("session-expired", log_z("handle", handle), log_z("user", user_id),
	    log_z("by", expired->is_idle ? "idle" : "duration"));
}

void
expired_watch(struct app *app)
{
	table_on_expired(app->env.table, tell, app);
}
