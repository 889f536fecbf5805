/*
 * err.h - what went wrong, told to a person
 *
 * Purpose    Functions return a negative errno; those whose failure an operator must
 *            understand (settings, files, start-up) also fill a struct err: one line that
 *            names the thing, the reason and the way out.
 * Calling    return err_set(err, -EACCES, "%s: run chmod 600 %s", path, path);
 * Ownership  The caller's memory; no allocation.
 * Threads    No global state.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#define ERR_TEXT_MAX_BYTES 512

struct err {
	char text[ERR_TEXT_MAX_BYTES]; /* "" when nothing was said; never a secret */
};

/* Store the message (err may be NULL) and return code, so that callers can write `return
 * err_set(...)`. */
int err_set(struct err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The reason behind a negative errno of the program's own functions, for the log. */
const char *err_words(int failure);

#endif
