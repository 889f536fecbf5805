/*
 * told.h - what the world was told about each login session, kept where no kill reaches it
 *
 * Purpose    Memory that all processes of the storm share and none can take with it: who was
 *            attempted, acknowledged, seen, ended.  A session comes once and goes once: whoever
 *            saw it gone, or was told so, may never see it again.  told_judge() compares that
 *            with a table and a journal that nobody changes.
 * Units      Sessions have numbers from 0.  Times are the wall clock's, which stands still while
 *            processes run (told_set_clock()).
 * Errors     What breaks a promise is proof_violation().
 */
#ifndef PROOF_MODEL_TOLD_H
#define PROOF_MODEL_TOLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/user_sessions.h"

#define TOLD_OWNERS   3
#define TOLD_MAX      (1u << 15)
#define TOLD_LEAP_S   100000 /* from one rest to the next */
#define TOLD_TEXT_MAX 8

enum told_state {
	TOLD_NOTHING,
	TOLD_BEGINNING, /* attempted */
	TOLD_LIVE,      /* acknowledged, or seen */
};

struct told {
	uint8_t owner;
	enum table_kind kind;
	uint32_t lifetime_s;
	uint32_t boot;
	int64_t created_ms;
	_Atomic enum told_state state;
	_Atomic bool is_ending; /* somebody tries, or may have tried, to end it */
	_Atomic bool is_gone;   /* its end was acknowledged, or seen after it had begun */
};

/* Everything but the sessions belongs to the boot, or to the moment. */
struct told_board {
	_Atomic bool is_over; /* everybody finishes what he does, and leaves */
	bool is_calm;         /* and nobody dies before that */
	_Atomic uint64_t n_steps;
	uint32_t boot, boot_id, max_per_owner;
	int64_t wall_ms, boot_wall_ms; /* now, and when the boot clock was 0 */
	_Atomic uint32_t n_fillers;
	/* What was begun in this boot, and what ended, well: they differ by what was killed. */
	_Atomic uint32_t n_begins[TOLD_OWNERS], n_begins_done[TOLD_OWNERS];
	_Atomic uint32_t n_end_alls[TOLD_OWNERS], n_end_alls_done[TOLD_OWNERS];
	_Atomic uint32_t n;
	struct told session[TOLD_MAX];

	/* Statistics, over all rounds. */
	_Atomic uint64_t n_begun, n_ended, n_ended_all, n_refused, n_looks, n_purged, n_ticks;
};

extern struct told_board *board;

void told_init(void); /* once, before any fork */
void told_start_round(uint32_t max_per_owner);
void told_start_boot(void);
void told_set_clock(void);          /* this process's clocks stand where the board says */
void told_pass_time_ms(int64_t ms); /* no: so much later, a thing of seconds */

void told_owner_id(unsigned owner, char ret_id[TOLD_TEXT_MAX]);
struct digest_tag told_tag(uint32_t n);
struct table_entry told_entry(uint32_t n);
bool told_is_past(const struct told *told);

/* A new one, attempted; UINT32_MAX: no more in this round. */
uint32_t told_begin(uint64_t *random);

/* Look it up, while others go on. */
void told_look(struct table *table, uint32_t n);

/* Nobody runs any more: whatever was killed in the middle may have been doing this. */
void told_settle(void);

/*
 * Nobody runs: do table and journal keep what was told?  is_new: they were brought in line a
 * moment ago, after a boot.
 */
void told_judge(struct table *table, const struct user_sessions *sessions, bool is_new);

#endif
