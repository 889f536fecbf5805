/*
 * fault_scenes.h - what a journal is doing while prove_faults makes its calls fail
 *
 * Threads    None.
 */
#ifndef PROOF_JOURNAL_FAULT_SCENES_H
#define PROOF_JOURNAL_FAULT_SCENES_H

#include <stdbool.h>
#include <stdint.h>

#include "replica.h"

/* What a scene carries along. */
struct fault_run {
	int dir_fd;
	struct journal *journal;
	struct replica replica;
	uint64_t number; /* of the last change */
	unsigned n_refused;
	uint32_t n_prepared; /* events of the trace before anything failed */
	const char *wrong;
};

struct fault_scene {
	const char *name;
	void (*run)(struct fault_run *run);
	bool is_there; /* the journal exists and is open before the failing begins */
	bool is_torn;
	unsigned n_dead; /* so much is dead: from 5 on a tick compacts, from 21 an append */
	bool is_damaged; /* and closed: only salvage helps */
	/* A person interferes: a power loss may then leave what that person did, and if the
	 * process dies as well nobody has what was taken away. */
	bool is_manual;
};

extern const struct fault_scene fault_scenes[];
extern const unsigned fault_n_scenes;

/* NULL, or what went wrong before anything was made to fail. */
const char *fault_prepare(const struct fault_scene *scene, struct fault_run *run);

/* Each counts refusals and notes what no call may return; what the journal said. */
int fault_step(struct fault_run *run, uint32_t key, size_t pad, bool is_delete);
int fault_reopen(struct fault_run *run);
int fault_salvage(struct fault_run *run);
void fault_tick(struct fault_run *run);
int fault_seen(struct fault_run *run, int r);

#endif
