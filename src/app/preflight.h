/*
 * preflight.h - could app_open() open all that it needs?
 *
 * Purpose    For the operator, before a start: every part is looked at as it would be opened, and
 *            nothing is made, locked, or changed, so that it can be asked beside a program that
 *            serves.
 */
#ifndef APP_PREFLIGHT_H
#define APP_PREFLIGHT_H

#include "conf/settings.h"
#include "core/checklist.h"

/* One line for each part.  What stands in a directory that is refused is left out. */
void preflight(const struct settings *settings, struct checklist *list);

#endif
