/*
 * table.pml - the session table's slot, change, growth and death, for spin
 *
 * What is modelled: two tables (old and new) of two buckets with one slot each; a key may lie
 * in either bucket.  A slot is the words meta, print, field 1 and field 2; the descriptor is
 * one word; the lock is robust; a change is written down in the intent first (change.c).  One
 * statement reads or writes one shared word, so every interleaving of the C program's accesses
 * is tried (sequentially consistent: the memory ordering is argued in the document and watched
 * by ThreadSanitizer).
 *
 * Processes: writer 0, which may be killed before and after any of its writes; writer 1, which
 * gets the lock that a dead owner left, repairs and goes on; readers, which take no lock.
 * Writers choose freely between insert, replace, remove, start of a growth, move of one bucket,
 * end of the growth.  A table that has been left is used again for the next growth: the real
 * one is not, so a reader with a stale descriptor has it harder here.
 *
 * What is asserted:
 *   MISS  a look-up that misses began before the key was acknowledged, or overlapped a removal
 *   HIT   a look-up that hits began before the removal was acknowledged, or overlapped an insert
 *   TORN  the fields of a hit belong together
 *   BUSY  whoever holds the lock, and has repaired, sees no half-written slot
 *   TWICE nor two copies of a key
 *   PRINT nor a slot whose print does not tell its key
 *
 * START_GROWING begins in the middle: both keys acknowledged, a growth just published.
 *
 * Wrong variants, each of which spin must refute (-D): NEW_FIRST, NO_DESC_RECHECK,
 * NO_META_RECHECK, FREE_BEFORE_COPY, NO_TELL, NO_REPAIR, UNDO_ONLY, LIVE_BEFORE_FIELDS.
 */
#define N_BUCKETS 2
#ifndef N_READERS
#define N_READERS 2
#endif
#ifndef OPS_0
#define OPS_0 4 /* operations of the writer that may die */
#endif
#ifndef OPS_1
#define OPS_1 2 /* operations of the other one */
#endif
#ifndef ROUNDS
#define ROUNDS 3 /* rounds of a look-up before it gives up (asks for the lock) */
#endif

#define NONE  9
#define EMPTY 0
#define BUSY  1
#define LIVE  2
#define FREE  9

#define N_SLOTS	    (2 * N_BUCKETS)
#define STATE(m)    ((m) & 3)
#define NEXT(m, st) ((((m) >> 2) + 1) * 4 + (st))
#define TABLE(sl)   ((sl) / N_BUCKETS)

/* Shared memory. */
byte meta[N_SLOTS];
byte print[N_SLOTS];
byte field1[N_SLOTS], field2[N_SLOTS]; /* both hold the key */
byte d_gen, d_old = NONE, d_new;       /* one 64-bit word: always read and written together */
byte cursor;			       /* the next bucket of the old table to move */
bool intent_op;
byte intent_to, intent_from;
byte owner = FREE;
bool owner_died;

/* What the world outside has been told about key 1: 0 absent, 1 present, 2 neither yet. */
byte told;
bool may_miss[N_READERS], may_hit[N_READERS];

/* One write to shared memory.  Writer 0 may be killed instead. */
#define WRITE(x)                                                                               \
	if                                                                                     \
	:: atomic { x }                                                                        \
	:: atomic { me == 0 -> owner_died = (owner == 0); goto dead }                          \
	fi

inline begin(wanted)
{
	if
	:: key == 1 && told != wanted ->
		told = 2;
		i = 0;
		do
		:: i < N_READERS ->
			may_miss[i] = may_miss[i] || wanted == 0;
			may_hit[i] = may_hit[i] || wanted == 1;
			i++
		:: else -> break
		od;
		i = 0
	:: else
	fi
}

#define ACKNOWLEDGE(is) told = (key == 1 -> is : told); key = 0; to = 0; from = 0

/* ret = the slot in which key is live, or NONE: the old table first.  Under the lock. */
inline find_copy(ret)
{
	ret = NONE;
	i = 0;
	do
	:: i < N_SLOTS ->
		if
		:: STATE(meta[i]) == LIVE && field1[i] == key &&
		   (ret == NONE || TABLE(i) == d_old) -> ret = i
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0
}

/* ret = any empty slot of the table that takes new entries, or NONE. */
inline find_empty(ret)
{
	ret = NONE;
	if
	:: STATE(meta[d_new * N_BUCKETS]) == EMPTY -> ret = d_new * N_BUCKETS
	:: STATE(meta[d_new * N_BUCKETS + 1]) == EMPTY -> ret = d_new * N_BUCKETS + 1
	:: else
	fi
}

inline clear_slot(sl)
{
	WRITE(meta[sl] = NEXT(meta[sl], EMPTY));
	WRITE(print[sl] = 0);
	WRITE(field1[sl] = 0; field2[sl] = 0) /* an empty slot's: nobody goes by them */
}

inline write_slot(sl)
{
#ifdef LIVE_BEFORE_FIELDS
	WRITE(meta[sl] = NEXT(meta[sl], LIVE));
#else
	WRITE(meta[sl] = NEXT(meta[sl], BUSY));
#endif
	WRITE(field1[sl] = key);
	WRITE(field2[sl] = key);
	WRITE(print[sl] = key);
	WRITE(meta[sl] = NEXT(meta[sl], LIVE))
}

/* Within one table the copy may appear where a reader has been already. */
inline tell_readers()
{
#ifndef NO_TELL
	if
	:: to != NONE && from != NONE && TABLE(to) == TABLE(from) -> WRITE(d_gen++)
	:: else
	fi
#else
	skip
#endif
}

/* Put, free, move and replace: key comes to slot `to`, slot `from` goes; either may be NONE. */
inline change()
{
	/* One step: the first two mean nothing before the last one says so. */
	WRITE(intent_to = to; intent_from = from; intent_op = true);
#ifdef FREE_BEFORE_COPY
	if
	:: from != NONE -> clear_slot(from)
	:: else
	fi;
#endif
	if
	:: to != NONE -> write_slot(to)
	:: else
	fi;
	tell_readers();
#ifndef FREE_BEFORE_COPY
	if
	:: from != NONE -> clear_slot(from)
	:: else
	fi;
#endif
	WRITE(intent_op = false)
}

/* The first thing under the lock of a dead owner. */
inline repair()
{
	to = intent_to;
	from = intent_from;
	if
	:: to != NONE && STATE(meta[to]) != LIVE -> clear_slot(to)
	:: (to == NONE || STATE(meta[to]) == LIVE) && from != NONE ->
#ifndef UNDO_ONLY
		tell_readers();
		clear_slot(from)
#else
		skip
#endif
	:: else
	fi;
	WRITE(intent_op = false);
	to = 0;
	from = 0
}

inline check_locked()
{
	d_step {
		i = 0;
		do
		:: i < N_SLOTS ->
			assert(STATE(meta[i]) != BUSY); /* BUSY */
			assert(STATE(meta[i]) != LIVE || print[i] == field1[i]); /* PRINT */
			to = i + 1;
			do
			:: to < N_SLOTS ->
				assert(!(STATE(meta[i]) == LIVE && STATE(meta[to]) == LIVE &&
				    field1[i] == field1[to])); /* TWICE */
				to++
			:: else -> break
			od;
			i++
		:: else -> break
		od;
		i = 0;
		to = 0
	}
}

/* Insert, or replace when it is there already. */
inline op_insert()
{
	d_step {
		begin(1);
		find_copy(from);
		find_empty(to)
	}
	if
	:: to == NONE -> /* full: refused, all is as it was */
		d_step { ACKNOWLEDGE((from == NONE -> 0 : 1)) }
	:: else ->
		change();
		d_step { ACKNOWLEDGE(1) }
	fi
}

inline op_remove()
{
	d_step {
		begin(0);
		find_copy(from);
		to = NONE
	}
	if
	:: from != NONE -> change()
	:: else
	fi;
	d_step { ACKNOWLEDGE(0) }
}

inline op_grow_begin()
{
	WRITE(cursor = 0);
	WRITE(d_old = d_new; d_new = 1 - d_new; d_gen++)
}

inline op_move_bucket()
{
	d_step {
		from = d_old * N_BUCKETS + cursor;
		key = field1[from];
		find_empty(to)
	}
	if
	:: STATE(meta[from]) == LIVE && to != NONE -> change()
	:: else /* nothing there, or no place for it: then it stays */
	fi;
	if
	:: STATE(meta[from]) != LIVE -> WRITE(cursor++)
	:: else
	fi;
	d_step { from = 0; to = 0; key = 0 }
}

inline op_grow_end()
{
	WRITE(d_old = NONE; d_gen++)
}

proctype writer(byte me, n)
{
	byte to, from, i, key;

	do
	:: n > 0 ->
		atomic {
			(owner == FREE || owner_died) -> owner = me;
			owner_died = false
		}
#ifndef NO_REPAIR
		if
		:: intent_op -> repair()
		:: else
		fi;
#endif
		check_locked();
		if
		:: atomic { key = 1 }; op_insert()
		:: atomic { key = 2 }; op_insert()
		:: atomic { key = 1 }; op_remove()
		:: atomic { key = 2 }; op_remove()
		:: d_old == NONE -> op_grow_begin()
		:: d_old != NONE && cursor < N_BUCKETS -> op_move_bucket()
		:: d_old != NONE && cursor == N_BUCKETS -> op_grow_end()
		fi;
		WRITE(owner = FREE; n--)
	:: else -> break
	od;
dead:
	skip
}

/* The prints of both buckets, then the slots whose print fits. */
inline probe(tab)
{
	p[0] = print[tab * N_BUCKETS];
	p[1] = print[tab * N_BUCKETS + 1];
	do
	:: b < N_BUCKETS && !hit ->
		if
		:: p[b] == 1 ->
			m = meta[tab * N_BUCKETS + b];
			if
			:: STATE(m) == LIVE ->
				f1 = field1[tab * N_BUCKETS + b];
				f2 = field2[tab * N_BUCKETS + b];
#ifdef NO_META_RECHECK
				hit = (f1 == 1)
#else
				hit = (meta[tab * N_BUCKETS + b] == m && f1 == 1)
#endif
			:: else
			fi
		:: else
		fi;
		d_step { b++; m = 0; f1 = 0; f2 = (hit -> f2 : 0) }
	:: else -> break
	od;
	atomic { b = 0; p[0] = 0; p[1] = 0 }
}

proctype reader(byte id)
{
	byte gen, first, second, round, b, m, f1, f2, p[N_BUCKETS];
	bool hit, moved;

	d_step {
		may_miss[id] = told != 1;
		may_hit[id] = told != 0
	}
	do
	:: d_step {
		gen = d_gen;
#ifdef NEW_FIRST
		first = d_new;
		second = d_old;
#else
		first = (d_old == NONE -> d_new : d_old);
		second = (d_old == NONE -> NONE : d_new);
#endif
	   }
		probe(first);
		if
		:: !hit && second != NONE -> probe(second)
		:: else
		fi;
		if
		:: hit ->
			assert(f2 == 1);       /* TORN */
			assert(may_hit[id]);   /* HIT */
			break
		:: else
		fi;
#ifdef NO_DESC_RECHECK
		moved = false;
#else
		moved = (d_gen != gen);
#endif
		round++;
		if
		:: !moved ->
			assert(may_miss[id]);  /* MISS */
			break
		:: moved && round == ROUNDS -> break /* the lock, or 503: never a miss */
		:: else
		fi
	od
}

init
{
	byte r;

	atomic {
#ifdef START_GROWING /* both keys acknowledged, a growth begun */
		meta[0] = NEXT(0, LIVE);
		print[0] = 1;
		field1[0] = 1;
		field2[0] = 1;
		meta[1] = NEXT(0, LIVE);
		print[1] = 2;
		field1[1] = 2;
		field2[1] = 2;
		told = 1;
		d_old = 0;
		d_new = 1;
		d_gen = 1;
#endif
		run writer(0, OPS_0);
		run writer(1, OPS_1);
		do
		:: r < N_READERS ->
			run reader(r);
			r++
		:: else -> break
		od
	}
}
