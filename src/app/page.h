/*
 * page.h - one page of the gate on its way: what page_*.c fill in, and how it is shown
 *
 * Calling    pages.c makes it; a page function ends with one of page_show(), page_error(),
 *            page_unavailable() and page_redirect().
 */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include "app/exchange.h"
#include "gate/template.h"
#include "http/form.h"

#define PAGE_FORM_LOGIN "login" /* the action of the form that is for nobody in particular */

struct page {
	struct exchange *x;
	struct template_page view;
	struct form form; /* of the body of a POST, else of the query */
	struct str rd;    /* where to go afterwards, as it may be; empty: nowhere */
	struct buf arena; /* never moves */
};

/* The page functions: each answers its paths below the prefix. */
void page_login(struct page *page);
void page_login_post(struct page *page);
void page_logout(struct page *page);
void page_logout_post(struct page *page);
void page_account(struct page *page);
void page_end_post(struct page *page);
void page_password(struct page *page);
void page_password_post(struct page *page);
void page_denied(struct page *page);

/* A copy that lives as long as the page: what was added to the arena since from. */
struct str page_kept(const struct page *page, size_t from);

/* "/_gate/login" */
struct str page_path(struct page *page, const char *below);

/* The field's value; empty: absent. */
struct str page_field(const struct page *page, const char *name);

/* Whatever it is; rd of the page is empty then, or where one may go. */
void page_take_rd(struct page *page, struct str url);

/* The text of that key as the page's error, or as what was done. */
void page_set_error(struct page *page, const char *key);
void page_set_notice(struct page *page, const char *key);

/* For log_i(): so long to wait, as the header and on the page. */
void page_set_wait(struct page *page, unsigned seconds);

/*
 * Was the form sent by a page of ours, shown in this browser?  If not it was logged, and the page has
 * its error.  action: as page_show() had it.
 */
bool page_is_genuine(struct page *page, const char *action);

/* The same without a token, where the browser itself says that a page of this host sent it. */
bool page_is_of_this_host(const struct page *page);

/* action: what its form is for; NULL: it has none that changes anything. */
void page_show(struct page *page, enum page_name name, int status, const char *action);

/* A page that says what is wrong, and no more. */
void page_error(struct page *page, int status, const char *key);

/*
 * 503, failure is the negative errno behind it; the page of that name shows the form again.
 * HASHER_LATER is none.
 */
void page_unavailable(
    struct page *page, enum page_name name, const char *action, const char *what, int failure);

void page_redirect(struct page *page, int status, struct str where);

/* Sign in, sign out: where the pages of the sign-in are. */
struct str page_login_url(struct page *page);

/* What all pages carry, redirections too. */
void page_add_headers(struct exchange *x);

/* The template and the texts of a request; the template of a wrong name is the one built in. */
const struct template *page_template(const struct exchange *x);

#endif
