/* try.h - the verb "gate try": are these addresses closed to a stranger? */
#ifndef CTL_TRY_H
#define CTL_TRY_H

#include "ctl/command.h"

int try_addresses(struct command *c, char **urls);

#endif
