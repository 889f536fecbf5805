/*
 * table.pml - the session table's slot, change, growth and death, for spin
 *
 * What is modelled: two tables (old and new) of two buckets with one slot each; a key may lie
 * in either bucket, of the old table or of the new as the cursor says, which goes from bucket to
 * bucket while the table grows.  A slot is the words meta, fingerprint, field 1 and field 2, and has
 * storage or not; the descriptor is one word; the lock is robust; a change is written down in
 * the intent first (change.c).  One statement reads or writes one shared word, so every
 * interleaving of the C program's accesses is tried (sequentially consistent: the memory
 * ordering is argued in the document and watched by ThreadSanitizer).
 *
 * Processes: writer 0, which may be killed before and after any of its writes; writer 1, which
 * gets the lock that a dead owner left, repairs and goes on; readers, which take no lock.
 * Writers choose freely between insert, replace, remove, setting an entry aside to its other
 * bucket, start of a growth, move of one bucket, advance of the cursor, end of the growth, giving
 * storage back.  A table that has been left is used again for the next growth: the real one is
 * not, so a reader with a stale descriptor has it harder here.
 *
 * What is asserted:
 *   MISS  a look-up that misses began before the key was acknowledged, or overlapped a removal
 *   HIT   a look-up that hits began before the removal was acknowledged, or overlapped an insert
 *   TORN  the fields of a hit belong together
 *   BUSY  whoever holds the lock, and has repaired, sees no half-written slot
 *   TWICE nor two copies of a key
 *   FINGERPRINT nor a slot whose fingerprint does not tell its key
 *   CURSOR nor an entry where the cursor says that there is none
 *   GONE  nobody reads a slot that has no storage
 *
 * START_GROWING begins in the middle: both keys acknowledged, a growth just published.
 *
 * Wrong variants, each of which spin must refute (-D): NEW_FIRST, NO_DESC_RECHECK,
 * NO_META_RECHECK, FREE_BEFORE_COPY, NO_TELL, NO_REPAIR, UNDO_ONLY, LIVE_BEFORE_FIELDS,
 * STORAGE_LATE, NO_WAIT_FOR_READERS, SILENT_CURSOR.
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
byte fingerprint[N_SLOTS];
byte field1[N_SLOTS], field2[N_SLOTS]; /* both hold the key */
/* One 64-bit word, always read and written together.  cursor: 0, or while growing the number of
 * buckets that go, or have gone, from old to new. */
byte d_gen, d_old = NONE, d_new, d_cursor;
bool has_storage[N_SLOTS];
byte shown[N_READERS]; /* 1 + the generation that a reader shows; 0: none */
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

/* Where an entry in bucket b would go now. */
#define TARGET(b) ((d_old != NONE && (b) >= d_cursor -> d_old : d_new) * N_BUCKETS + (b))

/* ret = an empty slot that takes new entries, or NONE. */
inline find_empty(ret)
{
	ret = NONE;
	if
	:: STATE(meta[TARGET(0)]) == EMPTY -> ret = TARGET(0)
	:: STATE(meta[TARGET(1)]) == EMPTY -> ret = TARGET(1)
	:: else
	fi
}

inline clear_slot(sl)
{
	WRITE(meta[sl] = NEXT(meta[sl], EMPTY));
	WRITE(fingerprint[sl] = 0);
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
	WRITE(fingerprint[sl] = key);
	WRITE(meta[sl] = NEXT(meta[sl], LIVE))
}

/* Unless it goes from old to new, the copy may appear where a reader has been already. */
inline tell_readers()
{
#ifndef NO_TELL
	if
	:: to != NONE && from != NONE && !(TABLE(from) == d_old && TABLE(to) == d_new) ->
		WRITE(d_gen++)
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
			assert(STATE(meta[i]) != LIVE || fingerprint[i] == field1[i]); /* FINGERPRINT */
			assert(STATE(meta[i]) != LIVE || has_storage[i]); /* CURSOR, and the next */
			assert(STATE(meta[i]) != LIVE || d_old == NONE ||
			    (TABLE(i) == d_old -> i % N_BUCKETS + 1 >= d_cursor :
						  i % N_BUCKETS < d_cursor));
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

/* Key makes room: it goes to the other of its two places. */
inline op_set_aside()
{
	d_step {
		find_copy(from);
		to = NONE;
		if
		:: from != NONE && from == TARGET(from % N_BUCKETS) &&
		   STATE(meta[TARGET(1 - from % N_BUCKETS)]) == EMPTY ->
			to = TARGET(1 - from % N_BUCKETS)
		:: else
		fi
	}
	if
	:: to != NONE -> change()
	:: else
	fi;
	d_step { from = 0; to = 0; key = 0 }
}

/* Storage of the bucket that comes next, then the word that says so. */
inline op_grow_begin()
{
	WRITE(has_storage[(1 - d_new) * N_BUCKETS] = true);
	WRITE(d_old = d_new; d_new = 1 - d_new; d_cursor = 1; d_gen++)
}

inline op_advance()
{
#ifdef SILENT_CURSOR
	WRITE(has_storage[d_new * N_BUCKETS + d_cursor] = true);
	WRITE(d_cursor++)
#else
#ifdef STORAGE_LATE
	WRITE(d_cursor++; d_gen++);
	WRITE(has_storage[d_new * N_BUCKETS + d_cursor - 1] = true)
#else
	WRITE(has_storage[d_new * N_BUCKETS + d_cursor] = true);
	WRITE(d_cursor++; d_gen++)
#endif
#endif
}

inline op_move_bucket()
{
	d_step {
		from = d_old * N_BUCKETS + d_cursor - 1;
		key = field1[from];
		find_empty(to)
	}
	if
	:: STATE(meta[from]) == LIVE && to != NONE -> change()
	:: else /* nothing there, or no place for it: then it stays */
	fi;
	d_step { from = 0; to = 0; key = 0 }
}

inline op_grow_end()
{
	WRITE(d_old = NONE; d_cursor = 0; d_gen++)
}

/*
 * What lies behind the cursor, or is a table that has been left, once every reader shows this
 * generation or a later one, or nothing.  The lock does not matter here: another writer cannot
 * change what has been left.
 */
#define LEFT(sl)                                                                               \
	(has_storage[sl] && (d_old == NONE -> TABLE(sl) != d_new :                             \
	    TABLE(sl) == d_old && (sl) % N_BUCKETS + 1 < d_cursor))

inline op_give_back()
{
	to = d_gen + 1;
#ifndef NO_WAIT_FOR_READERS
	do
	:: i < N_READERS ->
		if
		:: shown[i] != 0 && shown[i] < to -> to = 0; i = N_READERS
		:: else -> i++
		fi
	:: else -> break
	od;
	i = 0;
#endif
	do
	:: to != 0 && i < N_SLOTS ->
		if
		:: LEFT(i) -> WRITE(has_storage[i] = false; meta[i] = 0; fingerprint[i] = 0;
		    field1[i] = 0; field2[i] = 0)
		:: else
		fi;
		i++
	:: else -> break
	od;
	to = 0;
	i = 0
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
		:: atomic { key = 1 }; op_set_aside()
		:: d_old == NONE && !has_storage[(1 - d_new) * N_BUCKETS] &&
		   !has_storage[(1 - d_new) * N_BUCKETS + 1] -> op_grow_begin()
		:: d_old != NONE -> op_move_bucket()
		:: d_old != NONE && d_cursor < N_BUCKETS &&
		   STATE(meta[d_old * N_BUCKETS + d_cursor - 1]) != LIVE -> op_advance()
		:: d_old != NONE && d_cursor == N_BUCKETS &&
		   STATE(meta[d_old * N_BUCKETS + d_cursor - 1]) != LIVE -> op_grow_end()
		:: LEFT(0) || LEFT(1) || LEFT(2) || LEFT(3) -> op_give_back()
		fi;
		WRITE(owner = FREE; n--)
	:: else -> break
	od;
dead:
	skip
}

/* Bucket b of a table, if the cursor says that something may be there: its fingerprint, then the slot
 * if that fits. */
inline probe_bucket(tab)
{
	assert(has_storage[tab * N_BUCKETS + b]); /* GONE */
	p = fingerprint[tab * N_BUCKETS + b];
	if
	:: p == 1 ->
		assert(has_storage[tab * N_BUCKETS + b]);
		m = meta[tab * N_BUCKETS + b];
		if
		:: STATE(m) == LIVE ->
			f1 = field1[tab * N_BUCKETS + b];
			f2 = field2[tab * N_BUCKETS + b];
#ifdef NO_META_RECHECK
			hit = (f1 == 1)
#else
			assert(has_storage[tab * N_BUCKETS + b]);
			hit = (meta[tab * N_BUCKETS + b] == m && f1 == 1)
#endif
		:: else
		fi
	:: else
	fi
}

/* What the cursor leaves of a table: of the old one from the bucket on its way, of the new one up
 * to it. */
#define IS_THERE(tab) \
	((tab) == NONE -> 0 : (cursor == 0 -> 1 : ((tab) == old -> b + 1 >= cursor : b < cursor)))

inline probe(tab)
{
	do
	:: b < N_BUCKETS && !hit ->
		if
		:: IS_THERE(tab) -> probe_bucket(tab)
		:: else
		fi;
		d_step { b++; p = 0; m = 0; f1 = 0; f2 = (hit -> f2 : 0) }
	:: else -> break
	od;
	b = 0
}

proctype reader(byte id)
{
	byte gen, old, cursor, first, second, round, b, m, f1, f2, p;
	bool hit, moved;

	d_step {
		may_miss[id] = told != 1;
		may_hit[id] = told != 0
	}
	/* He shows a generation, then reads the descriptor: never an earlier one. */
	gen = d_gen;
	shown[id] = gen + 1;
	do
	:: d_step {
		gen = d_gen;
		old = d_old;
		cursor = d_cursor;
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
	od;
	shown[id] = 0
}

init
{
	byte r;

	atomic {
		has_storage[0] = true;
		has_storage[1] = true;
#ifdef START_GROWING /* both keys acknowledged, a growth begun */
		has_storage[2] = true;
		d_cursor = 1;
		meta[0] = NEXT(0, LIVE);
		fingerprint[0] = 1;
		field1[0] = 1;
		field2[0] = 1;
		meta[1] = NEXT(0, LIVE);
		fingerprint[1] = 2;
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
