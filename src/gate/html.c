/* html.c - see html.h */
#include "gate/html.h"

/* Run something, load something, or change how what follows is read. */
static const char *const refused_tags[] = { "script", "iframe", "object", "embed", "applet",
	"base", "frame", "frameset", "noframes", "noembed", "noscript", "xmp", "plaintext",
	"listing", "svg", "math", "template", NULL };

/* Addresses: a value at the beginning of them must be one that is checked. */
static const char *const url_attributes[] = { "href", "src", "action", "formaction", "poster",
	"cite", "data", "background", "longdesc", "manifest", NULL };

/* Lists of addresses. */
static const char *const no_value_attributes[] = { "srcset", "ping", "imagesrcset", "content",
	"style", NULL };

static bool
is_one_of(struct str name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (str_eq_z(name, *list))
			return true;
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool
is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static struct str
tag_of(const struct html *html)
{
	return str_mem(html->tag, html->n_name);
}

static struct str
attribute_of(const struct html *html)
{
	return str_mem(html->attribute, html->n_attribute);
}

static void
note(char name[HTML_NAME_BYTES], unsigned *n, char c)
{
	if (*n < HTML_NAME_BYTES)
		name[(*n)++] = lower(c);
}

/* ----------------------------------------------------------------------------- tags */

static const char *
end_tag_name(struct html *html)
{
	return is_one_of(tag_of(html), refused_tags)
		   ? "the pages have no such tag: scripts, frames and the like"
		   : NULL;
}

static void
end_tag(struct html *html)
{
	struct str tag = tag_of(html);

	html->state = html->is_end_tag                                      ? HTML_TEXT
		      : str_eq_z(tag, "style")                              ? HTML_STYLE
		      : str_eq_z(tag, "title") || str_eq_z(tag, "textarea") ? HTML_RAW
									    : HTML_TEXT;
}

static const char *
end_attribute_name(struct html *html)
{
	struct str name = attribute_of(html);

	if (str_starts_with(name, STR_LIT("on")))
		return "an attribute that runs something: the policy of the pages forbids it";
	if (str_eq_z(name, "style"))
		return "an attribute style, which the policy of the pages forbids: use <style>";
	if (str_eq_z(name, "http-equiv") || str_eq_z(name, "srcdoc"))
		return "the pages have no such attribute";
	return NULL;
}

static const char *
read_tag_open(struct html *html, char c)
{
	if (c == '/' && !html->is_end_tag) {
		html->is_end_tag = true;
		return NULL;
	}
	if (c == '!' && !html->is_end_tag) {
		html->state = HTML_DECLARATION;
		return NULL;
	}
	if (!is_letter(c))
		return "a \"<\" that begins no tag: write &lt;";
	html->state = HTML_TAG_NAME;
	note(html->tag, &html->n_name, c);
	return NULL;
}

static const char *
begin_attribute(struct html *html, char c)
{
	if (!is_letter(c))
		return "the name of an attribute begins with a letter";
	html->state = HTML_ATTRIBUTE;
	html->n_attribute = 0;
	note(html->attribute, &html->n_attribute, c);
	return NULL;
}

/* Between attributes, and behind the name of one. */
static const char *
read_in_tag(struct html *html, char c)
{
	if (is_blank(c) || c == '/')
		return NULL;
	if (c == '>') {
		end_tag(html);
		return NULL;
	}
	if (c == '=' && html->state == HTML_AFTER_ATTRIBUTE) {
		html->state = HTML_BEFORE_VALUE;
		return NULL;
	}
	return begin_attribute(html, c);
}

static const char *
read_tag_name(struct html *html, char c)
{
	const char *problem;

	if (is_letter(c) || c == '-' || (c >= '0' && c <= '9')) {
		note(html->tag, &html->n_name, c);
		return NULL;
	}
	if (!is_blank(c) && c != '/' && c != '>')
		return "the name of a tag is letters and digits";
	if ((problem = end_tag_name(html)) != NULL)
		return problem;
	html->state = HTML_IN_TAG;
	return read_in_tag(html, c);
}

static const char *
read_attribute(struct html *html, char c)
{
	const char *problem;

	if (is_letter(c) || c == '-' || c == ':' || c == '_' || (c >= '0' && c <= '9')) {
		note(html->attribute, &html->n_attribute, c);
		return NULL;
	}
	if ((problem = end_attribute_name(html)) != NULL)
		return problem;
	if (c == '=') {
		html->state = HTML_BEFORE_VALUE;
		return NULL;
	}
	if (!is_blank(c) && c != '/' && c != '>')
		return "the name of an attribute is letters and digits";
	html->state = HTML_AFTER_ATTRIBUTE;
	return read_in_tag(html, c);
}

static const char *
read_before_value(struct html *html, char c)
{
	if (is_blank(c))
		return NULL;
	html->has_begun = html->has_scheme = false;
	html->state = c == '"' ? HTML_QUOTED : c == '\'' ? HTML_SINGLE_QUOTED : HTML_UNQUOTED;
	return c == '>' || c == '=' || c == '<' ? "a value is missing" : NULL;
}

static bool
is_url(const struct html *html)
{
	return is_one_of(attribute_of(html), url_attributes);
}

static const char *
read_value(struct html *html, char c)
{
	char end = html->state == HTML_QUOTED ? '"' : '\'';

	if (html->state == HTML_UNQUOTED) {
		if (c == '>')
			end_tag(html);
		else if (is_blank(c))
			html->state = HTML_IN_TAG;
		else if (strchr("\"'<=`", c) != NULL)
			return "a value with such characters stands in double quotes";
		return NULL;
	}
	if (c == end) {
		html->state = HTML_IN_TAG;
		return NULL;
	}
	html->has_begun = true;
	html->has_scheme = html->has_scheme || strchr("/?#", c) != NULL;
	return NULL;
}

/* -------------------------------------------------------------------------- the rest */

/* Does the end tag of the element that one is in stand here? */
static bool
ends_element(const struct html *html, struct str rest)
{
	if (rest.n < html->n_name + 3 || rest.p[1] != '/' ||
	    !str_eq_nocase(str_mem(rest.p + 2, html->n_name), tag_of(html)))
		return false;
	return is_blank(rest.p[html->n_name + 2]) || rest.p[html->n_name + 2] == '/' ||
	       rest.p[html->n_name + 2] == '>';
}

static const char *
read_text(struct html *html, struct str rest)
{
	bool is_in_element = html->state != HTML_TEXT;

	if (rest.p[0] != '<')
		return NULL;
	if (is_in_element && !ends_element(html, rest))
		return html->state == HTML_RAW ? "a \"<\" in a title: write &lt;" : NULL;
	html->state = HTML_TAG_OPEN;
	html->is_end_tag = false;
	html->n_name = 0;
	return NULL;
}

const char *
html_read(struct html *html, struct str rest, size_t *ret_n)
{
	*ret_n = 1;
	switch (html->state) {
	case HTML_TEXT:
	case HTML_RAW:
	case HTML_STYLE:
		return read_text(html, rest);
	case HTML_TAG_OPEN:
		if (str_starts_with(rest, STR_LIT("!--")) && !html->is_end_tag) {
			html->state = HTML_COMMENT;
			*ret_n = 3;
			/* "<!-->" is a whole one. */
			return str_starts_with(rest, STR_LIT("!-->")) ||
				       str_starts_with(rest, STR_LIT("!--->"))
				   ? "a comment without a blank at its beginning"
				   : NULL;
		}
		return read_tag_open(html, rest.p[0]);
	case HTML_TAG_NAME:
		return read_tag_name(html, rest.p[0]);
	case HTML_IN_TAG:
	case HTML_AFTER_ATTRIBUTE:
		return read_in_tag(html, rest.p[0]);
	case HTML_ATTRIBUTE:
		return read_attribute(html, rest.p[0]);
	case HTML_BEFORE_VALUE:
		return read_before_value(html, rest.p[0]);
	case HTML_QUOTED:
	case HTML_SINGLE_QUOTED:
	case HTML_UNQUOTED:
		return read_value(html, rest.p[0]);
	case HTML_DECLARATION:
		if (rest.p[0] == '>')
			html->state = HTML_TEXT;
		return NULL;
	case HTML_COMMENT:
		if (str_starts_with(rest, STR_LIT("--!>")))
			return "a comment ends with -->";
		if (str_starts_with(rest, STR_LIT("-->"))) {
			html->state = HTML_TEXT;
			*ret_n = 3;
		}
		return NULL;
	}
	return NULL;
}

const char *
html_value(struct html *html, bool is_checked_url)
{
	switch (html->state) {
	case HTML_TEXT:
	case HTML_RAW:
		return NULL;
	case HTML_STYLE:
		return "no value may stand in <style>";
	case HTML_COMMENT:
		return "no value may stand in a comment: {{! }} is one that is not sent";
	case HTML_QUOTED:
		if (is_one_of(attribute_of(html), no_value_attributes))
			return "no value may stand in that attribute";
		if (is_url(html) && (is_checked_url ? html->has_begun : !html->has_scheme))
			return "an address begins with {{prefix}}, {{action}}, {{rd}}, or what "
			       "stands in the file, up to a slash";
		html->has_begun = html->has_scheme = true;
		return NULL;
	default:
		return "in a tag a value stands in double quotes alone";
	}
}

const char *
html_section(struct html *html)
{
	if (html->state == HTML_AFTER_ATTRIBUTE)
		html->state = HTML_IN_TAG;
	switch (html->state) {
	case HTML_TEXT:
	case HTML_RAW:
	case HTML_IN_TAG:
	case HTML_QUOTED:
		return NULL;
	default:
		return "a condition begins and ends in text, between attributes, or in double "
		       "quotes";
	}
}

bool
html_join(struct html *html, const struct html *begin)
{
	if (html->state != begin->state)
		return false;
	if (html->state == HTML_TEXT)
		return true;
	if (!str_eq(tag_of(html), tag_of(begin)) || html->is_end_tag != begin->is_end_tag)
		return false;
	if (html->state == HTML_QUOTED && !str_eq(attribute_of(html), attribute_of(begin)))
		return false;
	html->has_begun = html->has_begun || begin->has_begun;
	html->has_scheme = html->has_scheme && begin->has_scheme;
	return true;
}
