/* page_names.c - see page_names.h */
#include "gate/page_names.h"

static const struct {
	const char *text;
	enum page_name_kind kind;
} names[] = {
#define PAGE_NAMES_ROW(name, its_text, its_kind) { its_text, PAGE_NAME_##its_kind },
	PAGE_NAMES(PAGE_NAMES_ROW)
#undef PAGE_NAMES_ROW
};

int
page_name_find(struct str text)
{
	for (int i = 0; i < PAGE_NAMES_N; i++)
		if (str_eq_z(text, names[i].text))
			return i;
	return -1;
}

const char *
page_name_text(enum page_name name)
{
	return names[name].text;
}

enum page_name_kind
page_name_kind(enum page_name name)
{
	return names[name].kind;
}
