/* page_account.c - who is signed in, and where; see page.h */
#include "app/own_sessions.h"
#include "app/page.h"
#include "core/clock.h"
#include "gate/browser.h"

#define END "end"

/* Whoever signs in anew again and again has hundreds. */
#define SESSIONS_SHOWN 50

#define MINUTE_BYTES 16 /* "2017-10-16 04:23" */

struct listing {
	struct page *page;
	struct session_list list;
	int64_t boot_at_ms;
	/* Of the one at hand. */
	char handle[SESSION_HANDLE_BYTES], began[CLOCK_TEXT_BYTES], seen[CLOCK_TEXT_BYTES],
	    until[CLOCK_TEXT_BYTES];
	struct details_text details;
	char browser[BROWSER_NAME_BYTES];
};

static struct str
minute(char room[CLOCK_TEXT_BYTES], int64_t wall_ms)
{
	clock_format_utc(wall_ms / 1000, room);
	return str_mem(room, MINUTE_BYTES);
}

static void
fill_session(void *arg, size_t i, struct template_values *ret)
{
	struct listing *listing = arg;
	struct exchange *x = listing->page->x;
	const struct table_entry *entry = &listing->list.entries[i];
	int64_t began_ms = listing->boot_at_ms + entry->created_ms;
	int64_t lifetime_s = own_sessions_lifetime_s(x, entry);

	own_sessions_details(x, entry, &listing->details);
	session_handle(&x->app->env.key, &entry->tag, listing->handle);
	ret->of[PAGE_HANDLE] = str_of(listing->handle);
	ret->of[PAGE_BEGAN] = minute(listing->began, began_ms);
	ret->of[PAGE_SEEN] =
	    minute(listing->seen, listing->boot_at_ms + user_session_seen_ms(entry));
	ret->of[PAGE_UNTIL] =
	    lifetime_s != 0 ? minute(listing->until, began_ms + lifetime_s * 1000) : STR_NULL;
	ret->of[PAGE_ADDRESS] = str_of(listing->details.client);
	ret->of[PAGE_BROWSER] = browser_name(str_of(listing->details.agent), listing->browser);
	ret->of[PAGE_IS_THIS] = own_sessions_is_current(x, entry) ? STR_LIT("1") : STR_NULL;
}

/* The newest; that of this request is one of them. */
static void
choose_shown(struct page *page, struct session_list *list)
{
	size_t from = page->arena.n;

	page->view.n_sessions = list->n < SESSIONS_SHOWN ? list->n : SESSIONS_SHOWN;
	if (list->n <= SESSIONS_SHOWN)
		return;
	for (size_t i = SESSIONS_SHOWN; i < list->n; i++)
		if (own_sessions_is_current(page->x, &list->entries[i]))
			list->entries[SESSIONS_SHOWN - 1] = list->entries[i];
	buf_addf(&page->arena, "%zu", list->n - SESSIONS_SHOWN);
	page->view.values.of[PAGE_MORE_SESSIONS] = page_kept(page, from);
}

static void
show_account(struct page *page, int status)
{
	struct exchange *x = page->x;
	struct listing listing = { .page = page,
		.boot_at_ms = table_wall_offset_ms(x->app->env.table) };
	int r = own_sessions_read(x, &listing.list);

	if (r != 0) {
		page_unavailable(page, PAGE_ERROR, NULL, "sessions", r);
		return;
	}
	choose_shown(page, &listing.list);
	page->view.session = fill_session;
	page->view.arg = &listing;
	if (listing.list.n > 1)
		page->view.values.of[PAGE_HAS_OTHERS] = STR_LIT("1");
	page->view.values.of[PAGE_ACTION] = page_path(page, END);
	page_show(page, PAGE_ACCOUNT, status, END);
	session_list_fini(&listing.list);
}

/* What a form before has done. */
static void
set_done(struct page *page)
{
	static const struct {
		const char *done, *key;
	} notices[] = { { "session", "session_ended" }, { "others", "others_ended" },
		{ "gone", "session_gone" }, { "password", "password_changed" } };
	struct str done = page_field(page, "done");

	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
		if (str_eq_z(done, notices[i].done))
			page_set_notice(page, notices[i].key);
}

void
page_account(struct page *page)
{
	if (page->x->user == NULL) {
		page_redirect(page, 302, page_path(page, "login"));
		return;
	}
	set_done(page);
	show_account(page, 200);
}

void
page_end_post(struct page *page)
{
	struct exchange *x = page->x;
	struct str handle = page_field(page, "session");
	bool is_others = page_field(page, "others").n > 0;
	uint64_t n;
	int r;

	if (x->user == NULL) {
		page_redirect(page, 303, page_path(page, "login"));
		return;
	}
	/* An application may have a button for the others; which session a handle is, no one else knows. */
	if (!(is_others && page_is_of_this_host(page)) && !page_is_genuine(page, END)) {
		show_account(page, 403);
		return;
	}
	if (!is_others && handle.n == 0) {
		page_set_error(page, "bad_request");
		show_account(page, 400);
		return;
	}
	r = is_others ? own_sessions_end_many(x, false, &n) : own_sessions_end(x, handle);
	if (r < 0)
		page_unavailable(page, PAGE_ERROR, NULL, "sessions", r);
	else
		page_redirect(page, 303,
		    page_path(page, r > 0       ? "?done=gone"
				    : is_others ? "?done=others"
						: "?done=session"));
}
