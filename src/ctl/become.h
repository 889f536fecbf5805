/*
 * become.h - root does the operator's work as the owner of the data directory
 *
 * Purpose    The program refuses files that are not its own user's, so root must not make any.
 * Calling    Once, before anything in the directories is touched.
 */
#ifndef CTL_BECOME_H
#define CTL_BECOME_H

#include <stdbool.h>

/*
 * Root takes the owner's user and group for good; anybody else stays who it is.  False after
 * telling why: for root also when there is no such directory, whose owner nobody can know.
 */
bool become_owner(const char *data_dir);

/* Root becomes nobody, where that can be: for what needs no rights. */
void become_nobody(void);

#endif
