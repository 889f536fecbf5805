/*
 * check_schedule.c - every schedule of one writer, its death and any number of readers
 *
 * The real code, compiled with -DTABLE_HOOKS, stops before every access to the shared file.
 * From a writer's run an image of the file is kept at each stop; for a death at each stop the
 * run of the writer that inherits the lock and repairs is kept too (and, in the long version,
 * its own death at each stop).  The images are the nodes of a tree.  A reader is a coroutine:
 * at each of its own stops either it goes on, or the tree's time does, in every possible
 * combination.  States that were visited before, the reader's whole stack included, are not
 * visited again; so the search is exhaustive and ends.
 *
 * Readers change nothing that a writer or another reader goes by, so one reader stands for any
 * number.  It does two look-ups of one tag; their results must be right for the time they
 * took, and never go back from after the change to before it.
 *
 * The lock is simulated here: check_step.c proves things with the real one.
 *
 * check_schedule [long]
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/random.h"
#include "proof/table/proof.h"
#include "table/entry.h"
#include "table/format.h"
#include "table/mapping.h"
#include "table/locate.h"
#include "table/change.h"
#include "table/epoch.h"
#include "table/step.h"

#define NAME        "table"
#define SERIES      1
#define START_MS    INT64_C(50000000)
#define SPAN_BYTES  (64 * 1024) /* of regions that are watched */
#define BLOCK_BYTES 512
#define N_BLOCKS    (1 + SPAN_BYTES / BLOCK_BYTES)
#define STACK_BYTES (64 * 1024)

/* ------------------------------------------------------------------- the simulated lock */

enum lock_state {
	LOCK_FREE,
	LOCK_HELD,
	LOCK_OWNER_DIED,
};

static enum lock_state lock_state;
static bool is_reader_running; /* a reader finds the lock taken and its time runs out */
static uint64_t n_fallbacks;

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_clocklock(
    pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_consistent(pthread_mutex_t *mutex);
int __wrap_random_fill(void *ret_bytes, size_t n);

int
__wrap_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	enum lock_state before = lock_state;

	(void)mutex;
	if (is_reader_running || before == LOCK_HELD)
		return EBUSY;
	lock_state = LOCK_HELD;
	return before == LOCK_OWNER_DIED ? EOWNERDEAD : 0;
}

int
__wrap_pthread_mutex_clocklock(
    pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
	(void)mutex, (void)clock, (void)until;
	if (!is_reader_running)
		proof_die("the writer waits for itself");
	n_fallbacks++;
	return ETIMEDOUT;
}

int
__wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	(void)mutex;
	lock_state = LOCK_FREE;
	return 0;
}

int
__wrap_pthread_mutex_consistent(pthread_mutex_t *mutex)
{
	(void)mutex;
	return 0;
}

int
__wrap_random_fill(void *ret_bytes, size_t n)
{
	memset(ret_bytes, 0x5a, n);
	return 0;
}

/* ------------------------------------------------------------------- the shared bytes */

static struct table *table;
static uint8_t *control_bytes, *region_bytes; /* views of our own */

/* Block 0 is the control structure; the others are the buckets. */
struct image {
	const uint8_t *blocks[N_BLOCKS]; /* shared with other images */
};

static const struct image *shown; /* what lies in the file, if known */
static uint8_t **copies;          /* all blocks of all images */
static size_t n_copies, room_copies;

static uint8_t *
block_in_file(size_t i)
{
	return i == 0 ? control_bytes : region_bytes + (i - 1) * BLOCK_BYTES;
}

static const uint8_t *
block_copy(size_t i)
{
	uint8_t *copy = malloc(BLOCK_BYTES);

	if (n_copies == room_copies) {
		room_copies = room_copies * 2 + 1024;
		copies = reallocarray(copies, room_copies, sizeof(*copies));
	}
	if (copy == NULL || copies == NULL)
		proof_die("no memory");
	memcpy(copy, block_in_file(i), BLOCK_BYTES);
	copies[n_copies++] = copy;
	return copy;
}

/* Returns whether anything differs from the image before (NULL: there is none). */
static bool
image_take(struct image *image, const struct image *before)
{
	bool is_other = before == NULL;

	for (size_t i = 0; i < N_BLOCKS; i++) {
		if (before != NULL &&
		    memcmp(before->blocks[i], block_in_file(i), BLOCK_BYTES) == 0) {
			image->blocks[i] = before->blocks[i];
			continue;
		}
		image->blocks[i] = block_copy(i);
		is_other = true;
	}
	return is_other;
}

/* For readers, which leave these bytes alone. */
static void
image_show(const struct image *image)
{
	for (size_t i = 0; i < N_BLOCKS; i++)
		if (shown == NULL || shown->blocks[i] != image->blocks[i])
			memcpy(block_in_file(i), image->blocks[i], BLOCK_BYTES);
	shown = image;
}

/* For writers. */
static void
image_put(const struct image *image)
{
	shown = NULL;
	image_show(image);
	shown = NULL;
}

/* What a look-up of one tag goes by: the descriptor, and the two buckets of each region. */
static bool is_watched[N_BLOCKS];

static void
watch(const struct digest_tag *tag)
{
	uint64_t words[2], at[2];

	memset(is_watched, 0, sizeof(is_watched));
	tbl_entry_pack_tag(tag, words);
	for (unsigned i = 0; i < GEOMETRY_REGIONS; i++) {
		const struct tbl_geometry *g = &table->regions[i];

		tbl_entry_buckets(words, g->n_buckets, at);
		for (unsigned k = 0; k < 2; k++) {
			uint64_t block =
			    1 + (g->offset - FORMAT_REGIONS_OFFSET) / BLOCK_BYTES + at[k];

			if (block < N_BLOCKS)
				is_watched[block] = true;
		}
	}
}

static uint64_t
hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t word = 0;

	for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	for (; n > 0; p++, n--)
		h = (h ^ *p) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static uint64_t
image_look(const struct image *image)
{
	const struct tbl_control *c = (const void *)image->blocks[0];
	uint64_t h = hash_bytes(1, &c->descriptor, sizeof(c->descriptor));

	for (size_t i = 1; i < N_BLOCKS; i++)
		if (is_watched[i])
			h = hash_bytes(h + i, image->blocks[i], BLOCK_BYTES);
	return h;
}

/* ------------------------------------------------------------------- the tree of images */

struct node {
	struct image *image;
	enum lock_state lock; /* if the writer dies here */
	bool is_end;          /* everything acknowledged; node 0: nothing begun yet */
	int parent;
	int view; /* what it is to the reader at hand */
};

static struct node *nodes;
static int n_nodes, room_nodes;

static int
node_add(int parent, bool is_end)
{
	struct image *image = malloc(sizeof(*image));
	int id;

	if (image == NULL)
		proof_die("no memory");
	if (!image_take(image, parent >= 0 ? nodes[parent].image : NULL) && !is_end) {
		/* Nothing was written since: to die here is to die there. */
		free(image);
		if (lock_state != LOCK_FREE)
			nodes[parent].lock = lock_state;
		return parent;
	}
	if (n_nodes == room_nodes) {
		room_nodes = room_nodes * 2 + 1024;
		nodes = reallocarray(nodes, (size_t)room_nodes, sizeof(*nodes));
		if (nodes == NULL)
			proof_die("no memory");
	}
	id = n_nodes++;
	nodes[id] = (struct node){
		.image = image,
		.lock = lock_state,
		.is_end = is_end,
		.parent = parent,
	};
	return id;
}

static void
nodes_free(void)
{
	for (int i = 0; i < n_nodes; i++)
		free(nodes[i].image);
	for (size_t i = 0; i < n_copies; i++)
		free(copies[i]);
	n_nodes = 0;
	n_copies = 0;
	shown = NULL;
}

/* ------------------------------------------------------------------- writers */

static int tip; /* the node that the running writer came to last */

static void
writer_hook(const char *name)
{
	(void)name;
	tip = node_add(tip, false);
}

static void
record(int parent, void (*run)(void), bool is_recovery)
{
	tip = parent;
	table_step_hook = writer_hook;
	run();
	table_step_hook = NULL;
	(void)node_add(tip, !is_recovery);
}

static void
must(int r, const char *what)
{
	if (r != 0)
		proof_die("%s: %d", what, r);
}

static void
insert(uint64_t n, uint32_t lifetime_s)
{
	struct table_entry entry = proof_entry(SERIES, n);

	entry.created_ms = START_MS + (int64_t)n;
	entry.lifetime_s = lifetime_s;
	if (n >= 900) /* one owner for all of these */
		memset(&entry.owner, 0x77, sizeof(entry.owner));
	must(table_insert(table, &entry), "insert");
}

/* The next writer: getting the lock repairs. */
static void
run_recovery(void)
{
	must(tbl_change_lock(table, 0), "recovery");
	tbl_change_unlock(table);
}

/* A death at node id and all that comes of it. */
static void
die_at(int id, unsigned depth)
{
	int before = n_nodes, after;

	if (nodes[id].lock == LOCK_FREE)
		return; /* it dies without the lock: nothing to repair */
	image_put(nodes[id].image);
	lock_state = LOCK_OWNER_DIED;
	record(id, run_recovery, true);
	after = n_nodes;
	for (int i = before; depth > 1 && i < after; i++)
		die_at(i, depth - 1);
}

/* ------------------------------------------------------------------- the reader */

enum result {
	RESULT_NONE,
	RESULT_ABSENT,
	RESULT_OLD, /* as it was before the operation */
	RESULT_NEW, /* replaced by the operation */
	RESULT_TORN,
	RESULT_FAILED,
	RESULT_REFUSED, /* the lock was not to be had: allowed, but not often */
};

#define N_LOOKUPS_MAX 2

/* All that a reader knows lies here or on its stack. */
struct reader_state {
	ucontext_t context;
	struct tbl_reader line;     /* its part of the shared file */
	struct tbl_epoch_self mine; /* what the thread remembers */
	enum result results[N_LOOKUPS_MAX];
	unsigned n_done;
	bool is_over;
};

struct snapshot {
	struct reader_state state;
	unsigned n_users;
	size_t n_stack;
	uint8_t stack[];
};

static uint64_t key;
static unsigned n_lookups = N_LOOKUPS_MAX;
static uint32_t old_lifetime_s, new_lifetime_s;
static struct reader_state now;
static uint8_t stack[STACK_BYTES] __attribute__((aligned(64)));
static ucontext_t scheduler;

static void
reader_hook(const char *name)
{
	(void)name;
	if (swapcontext(&now.context, &scheduler) == -1)
		proof_die("swapcontext: %s", strerror(errno));
}

static enum result
look_up(void)
{
	struct digest_tag tag = proof_tag(SERIES, key);
	struct table_entry entry, want = proof_entry(SERIES, key);
	int r = table_find(table, &tag, &entry);

	if (r == TABLE_E_ABSENT)
		return RESULT_ABSENT;
	if (r == -ETIMEDOUT)
		return RESULT_REFUSED;
	if (r != 0)
		return RESULT_FAILED;
	if (key < 900 && memcmp(&entry.owner, &want.owner, sizeof(want.owner)) != 0)
		return RESULT_TORN;
	if (memcmp(&entry.tag, &tag, sizeof(tag)) != 0 || entry.kind != want.kind ||
	    entry.created_ms != START_MS + (int64_t)key)
		return RESULT_TORN;
	if (entry.lifetime_s == old_lifetime_s)
		return RESULT_OLD;
	return entry.lifetime_s == new_lifetime_s ? RESULT_NEW : RESULT_TORN;
}

static void
reader_main(void)
{
	for (unsigned i = 0; i < n_lookups; i++) {
		enum result result = look_up();

		now.results[i] = result;
		now.n_done = i + 1;
		reader_hook("between"); /* time may pass between two look-ups */
	}
	now.is_over = true;
	(void)swapcontext(&now.context, &scheduler);
}

/* From its present stop to the next one. */
static void
reader_step(void)
{
	is_reader_running = true;
	table_step_hook = reader_hook;
	if (swapcontext(&scheduler, &now.context) == -1)
		proof_die("swapcontext: %s", strerror(errno));
	table_step_hook = NULL;
	is_reader_running = false;
}

static struct snapshot *
snapshot_take(void)
{
#ifdef __x86_64__
	uintptr_t top = (uintptr_t)stack + STACK_BYTES;
	size_t n = (size_t)(top - (uintptr_t)now.context.uc_mcontext.gregs[REG_RSP]);
#else
	size_t n = STACK_BYTES;
#endif
	struct snapshot *snapshot;

	if (n > STACK_BYTES)
		n = STACK_BYTES; /* not begun yet */
	if ((snapshot = malloc(sizeof(*snapshot) + n)) == NULL)
		proof_die("no memory");
	memcpy(&now.line, tbl_epoch_self.line, sizeof(now.line));
	memcpy(&now.mine, &tbl_epoch_self, sizeof(now.mine));
	snapshot->n_users = 0;
	memcpy(&snapshot->state, &now, sizeof(now));
	snapshot->n_stack = n;
	memcpy(snapshot->stack, stack + STACK_BYTES - n, n);
	return snapshot;
}

static void
snapshot_put(const struct snapshot *snapshot)
{
	memcpy(&now, &snapshot->state, sizeof(now));
	memcpy(&tbl_epoch_self, &now.mine, sizeof(now.mine));
	memcpy(tbl_epoch_self.line, &now.line, sizeof(now.line));
	memcpy(stack + STACK_BYTES - snapshot->n_stack, snapshot->stack, snapshot->n_stack);
}

static uint64_t
snapshot_hash(const struct snapshot *s)
{
	uint64_t h = hash_bytes(s->n_stack, s->stack, s->n_stack);

	h = hash_bytes(h, &s->state.mine, sizeof(s->state.mine));
	h = hash_bytes(h, &s->state.line, sizeof(s->state.line));
	h = hash_bytes(h, s->state.results, sizeof(s->state.results));
	return hash_bytes(h, &s->state.n_done, sizeof(s->state.n_done));
}

/* ------------------------------------------------------------------- the search */

/* What the world outside may be told: bits of a mask. */
#define MAY_BEFORE 1u
#define MAY_AFTER  2u

/*
 * All nodes that one look-up cannot tell apart.  This makes a graph of the tree, in which time
 * may also pass from one death's repair to another's: more schedules than there are, not fewer.
 */
struct view_of {
	uint64_t look;
	unsigned truth;
	const struct image *image;
	int first_edge;
};

struct edge {
	int to, next;
};

struct item {
	int view;
	unsigned may; /* since the present look-up began; 0: none has begun */
	struct snapshot *snapshot;
	uint64_t hash; /* of the snapshot */
};

struct scenario {
	const char *name;
	void (*prepare)(void);
	void (*run)(void);
	uint64_t keys[6]; /* looked up; ends with 0 */
	enum result before, after;
	uint32_t max_per_owner;
};

static const struct scenario *scenario;
static struct item *items;
static size_t n_items, room_items;
static uint64_t *visited; /* open addressing; 0: free */
static size_t n_visited, room_visited;
static uint64_t n_steps, n_states, n_views_sum;

static struct view_of *views;
static struct edge *edges;
static int n_views, n_edges;

static bool
visit(uint64_t hash)
{
	size_t i;

	hash |= hash == 0;
	if (n_visited * 2 >= room_visited) {
		uint64_t *old = visited;
		size_t n = room_visited;

		room_visited = n * 2 + 4096;
		if ((visited = calloc(room_visited, sizeof(*visited))) == NULL)
			proof_die("no memory");
		n_visited = 0;
		for (i = 0; i < n; i++)
			if (old[i] != 0)
				(void)visit(old[i]);
		free(old);
	}
	for (i = hash % room_visited; visited[i] != 0; i = (i + 1) % room_visited)
		if (visited[i] == hash)
			return false;
	visited[i] = hash;
	n_visited++;
	return true;
}

static void
push(struct item item)
{
	struct {
		uint64_t node, may, hash;
	} id = { (uint64_t)item.view, item.may, item.hash };

	if (!visit(hash_bytes(1, &id, sizeof(id))))
		return;
	n_states++;
	if (n_items == room_items) {
		room_items = room_items * 2 + 1024;
		items = reallocarray(items, room_items, sizeof(*items));
		if (items == NULL)
			proof_die("no memory");
	}
	item.snapshot->n_users++;
	items[n_items++] = item;
}

static unsigned
truth(int node)
{
	return node == 0 ? MAY_BEFORE : nodes[node].is_end ? MAY_AFTER : MAY_BEFORE | MAY_AFTER;
}

static int
view_find(int node)
{
	uint64_t look = image_look(nodes[node].image);
	int i;

	/* The newest first: time seldom goes far between two nodes that look alike. */
	for (i = n_views - 1; i >= 0; i--)
		if (views[i].look == look && views[i].truth == truth(node))
			return i;
	views[n_views] = (struct view_of){ look, truth(node), nodes[node].image, -1 };
	return n_views++;
}

static void
edge_add(int from, int to)
{
	for (int e = views[from].first_edge; e >= 0; e = edges[e].next)
		if (edges[e].to == to)
			return;
	edges[n_edges] = (struct edge){ to, views[from].first_edge };
	views[from].first_edge = n_edges++;
}

/* Parents come before their children. */
static void
make_views(void)
{
	views = calloc((size_t)n_nodes, sizeof(*views));
	edges = calloc((size_t)n_nodes, sizeof(*edges));
	if (views == NULL || edges == NULL)
		proof_die("no memory");
	n_views = n_edges = 0;
	for (int i = 0; i < n_nodes; i++) {
		nodes[i].view = view_find(i);
		if (i > 0 && nodes[nodes[i].parent].view != nodes[i].view)
			edge_add(nodes[nodes[i].parent].view, nodes[i].view);
	}
}

static const char *
result_name(enum result result)
{
	static const char *const names[] = { "nothing", "absent", "old", "new", "torn",
		"failed", "refused" };

	return names[result];
}

static void
judge(const struct item *item, unsigned may)
{
	enum result result = now.results[now.n_done - 1];

	if (result == RESULT_REFUSED)
		return; /* n_fallbacks */
	if (!(((may & MAY_BEFORE) != 0 && result == scenario->before) ||
		((may & MAY_AFTER) != 0 && result == scenario->after)))
		proof_violation("%s: key %llu: %s at %d of %d", scenario->name,
		    (unsigned long long)key, result_name(result), item->view, n_views);
	if (now.n_done == 2 && scenario->before != scenario->after &&
	    now.results[0] == scenario->after && result == scenario->before)
		proof_violation("%s: key %llu: first %s, then %s", scenario->name,
		    (unsigned long long)key, result_name(now.results[0]), result_name(result));
}

static void
step_reader(const struct item *item)
{
	unsigned may = item->may != 0 ? item->may : views[item->view].truth, n_done;
	struct snapshot *next;

	if (shown != views[item->view].image)
		image_show(views[item->view].image);
	snapshot_put(item->snapshot);
	n_done = now.n_done;
	reader_step();
	n_steps++;
	if (now.is_over)
		return;
	if (now.n_done != n_done) {
		judge(item, may);
		may = 0;
	}
	next = snapshot_take();
	push((struct item){ item->view, may, next, snapshot_hash(next) });
	if (next->n_users == 0)
		free(next); /* was here before */
}

static void
explore(void)
{
	struct digest_tag tag = proof_tag(SERIES, key);
	struct snapshot *first;

	watch(&tag);
	make_views();
	memset(&now, 0, sizeof(now));
	memset(stack, 0, sizeof(stack));
	if (getcontext(&now.context) == -1)
		proof_die("getcontext: %s", strerror(errno));
	now.context.uc_stack.ss_sp = stack;
	now.context.uc_stack.ss_size = sizeof(stack);
	now.context.uc_link = NULL;
	makecontext(&now.context, reader_main, 0);
	first = snapshot_take();
	push((struct item){ 0, 0, first, snapshot_hash(first) });
	while (n_items > 0) {
		struct item item = items[--n_items];

		for (int e = views[item.view].first_edge; e >= 0; e = edges[e].next)
			push((struct item){ edges[e].to,
			    item.may != 0 ? item.may | views[edges[e].to].truth : 0,
			    item.snapshot, item.hash });
		step_reader(&item);
		if (--item.snapshot->n_users == 0)
			free(item.snapshot);
	}
	free(visited);
	visited = NULL;
	n_visited = room_visited = 0;
	n_views_sum += (unsigned)n_views;
	free(views);
	free(edges);
	shown = NULL;
}

/* ------------------------------------------------------------------- scenarios */

static struct table_config config;
static uint64_t n_to_grow;

static void
open_views(void)
{
	int fd = openat(proof_dir_fd, NAME, O_RDWR | O_CLOEXEC);
	struct stat st;

	/* Regions that do not exist yet are watched too. */
	if (fd == -1 || fstat(fd, &st) == -1 ||
	    (st.st_size < FORMAT_REGIONS_OFFSET + SPAN_BYTES &&
		ftruncate(fd, FORMAT_REGIONS_OFFSET + SPAN_BYTES) == -1))
		proof_die("cannot open the table again");
	if (control_bytes != NULL) {
		(void)munmap(control_bytes, FORMAT_PAGE_BYTES);
		(void)munmap(region_bytes, SPAN_BYTES);
	}
	control_bytes = mmap(NULL, FORMAT_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    FORMAT_CONTROL_OFFSET);
	region_bytes = mmap(
	    NULL, SPAN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, FORMAT_REGIONS_OFFSET);
	if (control_bytes == MAP_FAILED || region_bytes == MAP_FAILED)
		proof_die("cannot map the table again");
	(void)close(fd);
}

static void
fill(uint64_t n)
{
	struct digest_tag tag = proof_tag(SERIES, 88888);
	struct table_entry entry;

	lock_state = LOCK_FREE;
	table_close(table);
	(void)unlinkat(proof_dir_fd, NAME, 0);
	table = proof_open(&config);
	for (uint64_t i = 1; i <= n; i++)
		insert(i, 0);
	for (uint64_t i = 900; i < 903; i++)
		insert(i, 0);
	/* So that this thread has its line. */
	if (table_find(table, &tag, &entry) != TABLE_E_ABSENT)
		proof_die("look-up went wrong");
}

static bool
is_growing(void)
{
	struct table_stats stats;

	must(table_stats(table, &stats), "stats");
	return stats.is_growing;
}

/* The second growth: the region that is left then has two chunks. */
static bool
is_growing_in_chunks(void)
{
	struct table_stats stats;

	must(table_stats(table, &stats), "stats");
	return stats.is_growing && stats.n_growths > 0;
}

static void
prepare_some(void)
{
	fill(20);
}

static void
prepare_full_buckets(void)
{
	fill(n_to_grow - 2);
}

static void
prepare_before_growth(void)
{
	fill(n_to_grow - 1);
}

static void
prepare_growing(void)
{
	fill(n_to_grow);
}

/*
 * An insert for which both buckets are full, so that one of their entries makes room; looked up
 * are those that are tried first.
 */
#define N_CROWD 5
static uint64_t crowded_n, crowd_keys[N_CROWD];

static bool
is_full(const struct tbl_spot *spot)
{
	return tbl_bucket_free_slot(tbl_locate_bucket(spot), 0) < 0;
}

static uint64_t
key_in(const struct tbl_spot *spot, unsigned slot)
{
	struct tbl_entry_words w;

	tbl_bucket_read_fields(&tbl_locate_bucket(spot)->slots[slot], &w);
	for (uint64_t n = 1; n < n_to_grow; n++) {
		struct digest_tag tag = proof_tag(SERIES, n);

		if (memcmp(w.tag, tag.bytes, sizeof(w.tag)) == 0)
			return n;
	}
	return 1; /* one of the three others: look for somebody else */
}

static void
prepare_crowded(void)
{
	struct tbl_spot spots[2];
	struct tbl_view view;
	uint64_t words[2];

	fill(n_to_grow - 4);
	must(tbl_mapping_view(table, WORD_LOAD(&table->control->descriptor), &view), "view");
	crowded_n = 1000;
	do {
		struct digest_tag tag = proof_tag(SERIES, ++crowded_n);

		tbl_entry_pack_tag(&tag, words);
		tbl_locate_targets(&view, words, spots);
	} while (!is_full(&spots[0]) || !is_full(&spots[1]));
	for (unsigned i = 0; i < N_CROWD; i++)
		crowd_keys[i] =
		    key_in(&spots[0], (tbl_entry_wanted_slot(words) + i) % BUCKET_SLOTS);
}

static void
run_crowded(void)
{
	struct table_entry entry = proof_entry(SERIES, crowded_n);

	must(table_insert(table, &entry), "insert");
}

static void
run_insert(void)
{
	insert(500, 0);
}

static void
run_replace(void)
{
	insert(1, new_lifetime_s);
}

static void
run_evict(void)
{
	insert(903, 0);
}

static void
run_remove(void)
{
	struct digest_tag tag = proof_tag(SERIES, 1);

	must(table_remove(table, &tag), "remove");
}

static void
run_grow(void)
{
	insert(n_to_grow, 0);
}

static void
run_tick(void)
{
	must(table_tick(table), "tick");
}

static void
run_two_growths(void)
{
	uint64_t n = 1000;

	for (unsigned i = 0; i < 2; i++) {
		while (!is_growing())
			insert(n++, 0);
		while (is_growing())
			must(table_tick(table), "tick");
	}
}

static const struct scenario scenarios[] = {
	{ "insert", prepare_some, run_insert, { 500 }, RESULT_ABSENT, RESULT_OLD, 0 },
	{ "insert, another is looked up", prepare_some, run_insert, { 1, 2, 3 }, RESULT_OLD,
	    RESULT_OLD, 0 },
	{ "insert, nothing is looked up", prepare_some, run_insert, { 501, 502 }, RESULT_ABSENT,
	    RESULT_ABSENT, 0 },
	{ "remove", prepare_some, run_remove, { 1 }, RESULT_OLD, RESULT_ABSENT, 0 },
	{ "replace", prepare_some, run_replace, { 1 }, RESULT_OLD, RESULT_NEW, 0 },
	{ "replace in full buckets", prepare_full_buckets, run_replace, { 1 }, RESULT_OLD,
	    RESULT_NEW, 0 },
	{ "make room in full buckets", prepare_crowded, run_crowded, { 1 }, RESULT_OLD,
	    RESULT_OLD, 0 },
	{ "evict: what goes", prepare_some, run_evict, { 900 }, RESULT_OLD, RESULT_ABSENT, 3 },
	{ "evict: what comes", prepare_some, run_evict, { 903 }, RESULT_ABSENT, RESULT_OLD, 3 },
	{ "grow", prepare_before_growth, run_grow, { 1, 2 }, RESULT_OLD, RESULT_OLD, 0 },
	{ "migrate", prepare_growing, run_tick, { 1, 2, 3, 4 }, RESULT_OLD, RESULT_OLD, 0 },
	{ "migrate, nothing is looked up", prepare_growing, run_tick, { 501 }, RESULT_ABSENT,
	    RESULT_ABSENT, 0 },
	{ "insert while growing", prepare_growing, run_insert, { 500 }, RESULT_ABSENT,
	    RESULT_OLD, 0 },
	{ "remove while growing", prepare_growing, run_remove, { 1 }, RESULT_OLD, RESULT_ABSENT,
	    0 },
	{ "replace while growing", prepare_growing, run_replace, { 1 }, RESULT_OLD, RESULT_NEW,
	    0 },
};

static void
run_scenario(const struct scenario *s, unsigned depth)
{
	int64_t since = proof_now_ns();
	uint64_t keys[6] = { 0 };
	int n;

	scenario = s;
	n_steps = n_states = n_fallbacks = n_views_sum = 0;
	config.max_per_owner = s->max_per_owner;
	s->prepare();
	open_views();
	lock_state = LOCK_FREE;
	(void)node_add(-1, false);
	record(0, s->run, false);
	n = n_nodes;
	for (int i = 0; depth > 0 && i < n; i++)
		die_at(i, depth);
	if (s->run == run_crowded)
		memcpy(keys, crowd_keys, sizeof(crowd_keys));
	else
		memcpy(keys, s->keys, sizeof(s->keys));
	for (const uint64_t *k = keys; k < keys + 6 && *k != 0; k++) {
		key = *k;
		explore();
	}
	printf("%s: %d images, %d with deaths, %llu different, %llu states, %llu steps, "
	       "%llu refused, %.1f s\n",
	    s->name, n, n_nodes, (unsigned long long)n_views_sum, (unsigned long long)n_states,
	    (unsigned long long)n_steps, (unsigned long long)n_fallbacks,
	    (double)(proof_now_ns() - since) / 1e9);
	image_put(nodes[0].image);
	nodes_free();
}

int
main(int argc, char **argv)
{
	static const struct scenario two_growths = { "two growths", prepare_some,
		run_two_growths, { 1, 2 }, RESULT_OLD, RESULT_OLD, 0 };
	unsigned depth = proof_init(argc, argv) ? 2 : 1;

	config = proof_config(NAME, 1000);
	new_lifetime_s = 500;
	clock_freeze(START_MS, 0);
	fill(20);
	for (n_to_grow = 20; !is_growing_in_chunks(); n_to_grow++)
		insert(n_to_grow + 1, 0);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		run_scenario(&scenarios[i], depth);
	if (depth > 1)
		run_scenario(&two_growths, 0);
	table_close(table);
	return proof_finish("every schedule");
}
