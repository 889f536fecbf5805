/* digest.c - see digest.h */
#include "core/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "core/file.h"
#include "core/random.h"

/* What BLAKE2b uses of the stack below digest_tag(), and more. */
#define STACK_BYTES 1024

struct digest_tag
digest_tag(const struct digest_key *key, const struct str *parts, size_t n_parts)
{
	crypto_generichash_state state;
	struct digest_tag tag;

	(void)crypto_generichash_init(
	    &state, key->bytes, sizeof(key->bytes), sizeof(tag.bytes));
	for (size_t i = 0; i < n_parts; i++) {
		uint64_t n = parts[i].n;

		(void)crypto_generichash_update(&state, (const unsigned char *)&n, sizeof(n));
		(void)crypto_generichash_update(
		    &state, (const unsigned char *)parts[i].p, parts[i].n);
	}
	(void)crypto_generichash_final(&state, tag.bytes, sizeof(tag.bytes));
	/* The parts may be secrets, and libsodium works on copies of them. */
	sodium_memzero(&state, sizeof(state));
	sodium_stackzero(STACK_BYTES);
	return tag;
}

static int
refuse_link(const char *dir_path, const char *name, int code, struct err *err)
{
	bool has_proc = access("/proc/self/fd", F_OK) == 0;

	return err_set(err, -code, "cannot make %s/%s: %s%s", dir_path, name, strerror(code),
	    has_proc ? "" : ": /proc is not mounted, and is needed");
}

/*
 * The key appears under its name only whole and flushed: an unnamed file is filled first and
 * linked then.  link() fails with EEXIST when another process was faster; its key is the key.
 */
static int
make_key(int dir_fd, const char *dir_path, const char *name, struct err *err)
{
	struct digest_key key;
	char proc_path[64];
	int fd, r;

	fd = openat(dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0400);
	if (fd == -1)
		return err_set(
		    err, -errno, "cannot make a file in %s: %s", dir_path, strerror(errno));
	if ((r = random_fill(&key, sizeof(key))) != 0)
		err_set(err, r, "no randomness for %s/%s: %s", dir_path, name, strerror(-r));
	else if ((r = file_write_all(fd, &key, sizeof(key))) != 0)
		err_set(err, r, "cannot write %s/%s: %s", dir_path, name, strerror(-r));
	else if (fchmod(fd, 0400) == -1 || fsync(fd) == -1)
		r = err_set(
		    err, -errno, "cannot write %s/%s: %s", dir_path, name, strerror(errno));
	if (r == 0) {
		(void)snprintf(proc_path, sizeof(proc_path), "/proc/self/fd/%d", fd);
		if (linkat(AT_FDCWD, proc_path, dir_fd, name, AT_SYMLINK_FOLLOW) == -1 &&
		    errno != EEXIST)
			r = refuse_link(dir_path, name, errno, err);
		else if (fsync(dir_fd) == -1)
			r = err_set(
			    err, -errno, "cannot flush %s: %s", dir_path, strerror(errno));
	}
	digest_key_wipe(&key);
	(void)close(fd);
	return r;
}

int
digest_key_read(int dir_fd, const char *dir_path, const char *name, struct digest_key *ret_key,
    struct err *err)
{
	struct stat st;
	int fd, r;

	if ((r = file_open(dir_fd, dir_path, name, O_RDONLY, 0, &fd, err)) != 0)
		return r;
	if (fstat(fd, &st) == -1 || st.st_size != DIGEST_KEY_BYTES)
		r = err_set(err, -EINVAL,
		    "%s/%s is not %d bytes long: restore it from a backup, or remove it "
		    "(all login sessions end then)",
		    dir_path, name, DIGEST_KEY_BYTES);
	else if ((r = file_read_all(fd, ret_key->bytes, sizeof(ret_key->bytes))) != 0)
		err_set(err, r, "cannot read %s/%s: %s", dir_path, name, strerror(-r));
	(void)close(fd);
	return r;
}

int
digest_key_load(int dir_fd, const char *dir_path, const char *name, struct digest_key *ret_key,
    struct err *err)
{
	int r = digest_key_read(dir_fd, dir_path, name, ret_key, err);

	if (r == -ENOENT && (r = make_key(dir_fd, dir_path, name, err)) == 0)
		r = digest_key_read(dir_fd, dir_path, name, ret_key, err);
	return r;
}

void
digest_key_wipe(struct digest_key *key)
{
	sodium_memzero(key, sizeof(*key));
}
