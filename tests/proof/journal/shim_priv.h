/* shim_priv.h - shared by the files of the shim */
#ifndef PROOF_JOURNAL_SHIM_PRIV_H
#define PROOF_JOURNAL_SHIM_PRIV_H

#include "shim.h"

enum shim_verdict {
	SHIM_PASS,
	SHIM_REFUSE, /* errno is set */
	SHIM_PART,   /* half of it */
	SHIM_PART_AND_DIE,
	SHIM_REFUSE_AND_DIE,
};

enum shim_verdict shim_verdict(enum shim_call call);
void shim_wait_before_flush(void);

#endif
