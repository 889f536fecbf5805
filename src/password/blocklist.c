/* blocklist.c - see blocklist.h */
#include "password/blocklist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "core/buf.h"
#include "core/random.h"
#include "core/utf8.h"
#include "password/nfc.h"

#define COMMENT   "#!" /* as in the lists of John the Ripper */
#define READ_SIZE ((size_t)64 * 1024)

struct blocklist {
	unsigned char key[crypto_shorthash_KEYBYTES];
	uint64_t *digests; /* sorted */
	size_t n, n_room;
};

static struct str
fold(struct str form, char room[NFC_MAX_BYTES])
{
	form = str_take(form, NFC_MAX_BYTES);
	for (size_t i = 0; i < form.n; i++)
		room[i] =
		    form.p[i] >= 'A' && form.p[i] <= 'Z' ? (char)(form.p[i] | 0x20) : form.p[i];
	return str_mem(room, form.n);
}

static uint64_t
digest_of(const struct blocklist *b, struct str folded)
{
	uint64_t digest = 0;

	(void)crypto_shorthash(
	    (unsigned char *)&digest, (const unsigned char *)folded.p, folded.n, b->key);
	return digest;
}

static int
add(struct blocklist *b, struct str line)
{
	char room[NFC_MAX_BYTES], folded[NFC_MAX_BYTES];
	struct str form;

	if (b->n == b->n_room) {
		size_t n_room = b->n_room == 0 ? 1024 : 2 * b->n_room;
		uint64_t *more = realloc(b->digests, n_room * sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		b->digests = more;
		b->n_room = n_room;
	}
	form = nfc_of(line, room, &form) ? form : line;
	b->digests[b->n++] = digest_of(b, fold(form, folded));
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
add_lines(struct blocklist *b, struct str text)
{
	struct str line;
	int r = 0;

	while (r == 0 && !str_is_null(text)) {
		(void)str_split(text, '\n', &line, &text);
		if (str_ends_with(line, STR_LIT("\r")))
			line.n--;
		if (line.n > 0 && line.n <= NFC_TEXT_MAX_BYTES &&
		    !str_starts_with(line, STR_LIT(COMMENT)))
			r = add(b, line);
	}
	return r;
}

int
blocklist_parse(struct str text, const char *path, struct blocklist **ret, struct err *err)
{
	struct blocklist *b = calloc(1, sizeof(*b));
	int r = b != NULL ? random_fill(b->key, sizeof(b->key)) : -ENOMEM;

	if (r == 0 && str_index(text, '\0') >= 0)
		r = err_set(err, -EINVAL, "%s is no text: it holds a NUL", path);
	else if (r == 0 && (r = add_lines(b, text)) == 0 && b->n == 0)
		r = err_set(err, -EINVAL, "%s holds no password: give one a line", path);
	else if (r != 0)
		(void)err_set(err, r, "%s: %s", path, strerror(-r));
	if (r != 0) {
		blocklist_close(b);
		return r;
	}
	qsort(b->digests, b->n, sizeof(b->digests[0]), compare);
	*ret = b;
	return 0;
}

static int
read_file(int fd, struct buf *text)
{
	ssize_t n = 1;

	while (n > 0 && buf_error(text) == 0) {
		char *room = buf_reserve(text, READ_SIZE);

		n = room != NULL ? read(fd, room, READ_SIZE) : 0;
		if (n > 0)
			buf_advance(text, (size_t)n);
		else if (n == -1 && errno == EINTR)
			n = 1;
	}
	return n == -1 ? -errno : buf_error(text);
}

int
blocklist_open(const char *path, struct blocklist **ret, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), r = 0;
	struct buf text;
	struct stat st;

	if (fd == -1)
		return err_set(err, -errno, "password-blocklist: cannot read %s: %s", path,
		    strerror(errno));
	buf_init(&text, BLOCKLIST_FILE_MAX_BYTES);
	if (fstat(fd, &st) == -1)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else
		r = read_file(fd, &text);
	(void)close(fd);
	if (r != 0)
		(void)err_set(err, r, "password-blocklist: cannot read %s: %s", path,
		    r == -EMSGSIZE ? "it is longer than 256 MiB" : strerror(-r));
	else
		r = blocklist_parse(buf_str(&text), path, ret, err);
	buf_fini(&text);
	return r;
}

void
blocklist_close(struct blocklist *b)
{
	if (b == NULL)
		return;
	free(b->digests);
	free(b);
}

size_t
blocklist_count(const struct blocklist *b)
{
	return b->n;
}

static bool
is_listed(const struct blocklist *b, struct str folded)
{
	uint64_t digest = digest_of(b, folded);

	return bsearch(&digest, b->digests, b->n, sizeof(digest), compare) != NULL;
}

/* How many bytes repeat to the end of text; all of them: none do, or not once whole. */
static size_t
period_of(struct str text)
{
	for (size_t p = 1; p <= text.n / 2; p++)
		if (memcmp(text.p, text.p + p, text.n - p) == 0)
			return p;
	return text.n;
}

bool
blocklist_has(const struct blocklist *b, struct str form)
{
	char room[NFC_MAX_BYTES];
	struct str folded = fold(form, room), unit = str_take(folded, period_of(folded));
	uint32_t code;
	bool has;

	has = is_listed(b, folded) ||
	      (unit.n < folded.n && (is_listed(b, unit) || utf8_next(unit, &code) == unit.n));
	sodium_memzero(room, sizeof(room));
	return has;
}
