/* page_denied.c - what a web server shows whom a check does not let pass; see page.h */
#include "app/answer.h"
#include "app/page.h"
#include "gate/client.h"

void
page_denied(struct page *page)
{
	struct exchange *x = page->x;
	const struct cgi_vars *vars = &x->request->vars;
	struct str scheme = x->request->is_https ? STR_LIT("https://") : STR_LIT("http://");
	size_t from = page->arena.n;

	if (!client_is_browser(vars)) {
		answer_status(x, 403);
		return;
	}
	/* Where the visitor came from; on another host's sign-in, with this one's name. */
	if (!str_is_empty(x->settings.gate_login_url)) {
		buf_add_str(&page->arena, scheme);
		buf_add_str(&page->arena, x->request->host);
	}
	buf_add_str(&page->arena, vars->values[CGI_REQUEST_URI]);
	page_take_rd(page, page_kept(page, from));
	page->view.values.of[PAGE_ACTION] = page_login_url(page);
	page_show(page, PAGE_DENIED, 403, NULL);
}
