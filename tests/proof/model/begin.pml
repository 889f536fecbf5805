/*
 * begin.pml - a session begins at another's expense, in the journal and in the table, for spin
 *
 * What is modelled: one user who may have one session, so that each that begins ends the one
 * before.  Sessions are bits: of the journal's records, of its deletions, of the table.  A
 * change of the journal is one step, for it is whole or not at all (prove_kill, prove_power), and
 * so is one of the table (table.pml).
 * Processes: two that begin sessions and sign out, in the steps of user_sessions_begin() and
 * user_sessions_end(); each may be killed before each step, and is replaced.  A compaction at any
 * time.  A boot at any time: all are killed, the table comes from the journal, of too many the
 * newest stays, and the others end.  The world looks at any time, and notes whom it has seen, and
 * whom it has seen gone.
 *
 * What is asserted:
 *   AGAIN  whoever was told or seen to be gone is not in the table
 *   LOST   whoever was told or seen to have begun, and neither signed out nor had to make room,
 *          is in the journal
 *   MANY   in the table are no more than may be
 *
 * Wrong variants, each of which spin must refute (-D): FORGET (who makes room is not deleted in
 * the journal), FORGET_RACED (not if another login was faster), TABLE_FIRST, END_TABLE_FIRST,
 * RESTORE_ALL (no maximum), RESTORE_ALONE (who is too many is not deleted in the journal),
 * KEEP_RECORDS (a compaction drops the deletions alone).
 */
#ifndef N
#define N 3 /* sessions 0 ... N - 1, in the order in which they begin; at most 4 */
#endif
#ifndef BOOTS
#define BOOTS 2
#endif

#define OLDEST(set) ((set) & 1 -> 1 : ((set) & 2 -> 2 : ((set) & 4 -> 4 : (set) & 8)))
#define NEWEST(set) ((set) & 8 -> 8 : ((set) & 4 -> 4 : ((set) & 2 -> 2 : (set) & 1)))

byte record, deletion; /* the journal: who was put; whose end was written down after that */
byte table;
byte n_begun;         /* who begins next */
byte begun, gone;     /* told, or seen */
byte excused;         /* signs out, or was named to make room */
byte boot;

#define ALIVE (record & ~deletion)

inline look()
{
	begun = begun | table;
	gone = gone | (begun & ~table);
}

inline judge()
{
	assert((table & gone) == 0);				 /* AGAIN */
	assert((begun & ~(excused | ALIVE)) == 0);		 /* LOST */
	assert(table == NEWEST(table))				 /* MANY */
}

/* One step of a process, unless it is killed before. */
#define STEP(x)                                                                                \
	if                                                                                     \
	:: atomic { boot == mine -> x; judge() }                                               \
	:: goto replaced                                                                       \
	fi

active [2] proctype server()
{
	byte mine, me, victims;

replaced:
	atomic { mine = boot; me = 0; victims = 0 }
	do
	:: atomic { n_begun < N && boot == mine -> me = 1 << n_begun; n_begun++ };
	   STEP(victims = OLDEST(table)); /* table_foresee() */
#ifdef TABLE_FIRST
	   STEP(excused = excused | table; table = me);
#endif
#ifdef FORGET
	   STEP(excused = excused | victims; record = record | me);
#else
	   STEP(excused = excused | victims; deletion = deletion | victims; record = record | me);
#endif
#ifndef TABLE_FIRST
	   do /* table_insert_after() */
	   :: STEP(table = table & ~victims;
		   if
		   :: table == 0 -> table = me; victims = 0
		   :: else -> victims = OLDEST(table)
		   fi);
	      if
	      :: victims == 0 -> break
	      :: else
	      fi;
#ifdef FORGET_RACED
	      STEP(excused = excused | victims)
#else
	      STEP(excused = excused | victims; deletion = deletion | victims)
#endif
	   od;
#endif
	   STEP(begun = begun | me; me = 0; victims = 0) /* the answer */
	:: atomic { (begun & table) != 0 && boot == mine -> me = begun & table;
		    excused = excused | me };
#ifdef END_TABLE_FIRST
	   STEP(table = table & ~me);
	   STEP(deletion = deletion | me);
#else
	   STEP(deletion = deletion | me);
	   STEP(table = table & ~me);
#endif
	   STEP(gone = gone | me; me = 0)
	od
}

active proctype world()
{
end:	do
	:: atomic { look(); judge() }
	od
}

active proctype compaction()
{
end:	do
#ifdef KEEP_RECORDS
	:: atomic { deletion != 0 -> deletion = 0; judge() }
#else
	:: atomic { deletion != 0 -> record = ALIVE; deletion = 0; judge() }
#endif
	od
}

active proctype machine()
{
end:	do
	:: atomic { boot < BOOTS -> boot++;
		    table = ALIVE;
#ifndef RESTORE_ALL
		    excused = excused | (table & ~NEWEST(table));
		    table = NEWEST(table);
#ifndef RESTORE_ALONE
		    deletion = deletion | (ALIVE & ~table);
#endif
#endif
		    judge() }
	od
}
