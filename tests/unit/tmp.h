/*
 * tmp.h - a private directory for one test, gone with it
 *
 * Calling    tmp_make() and tmp_remove() as the fixture of a test case, or by hand.
 */
#ifndef UNIT_TMP_H
#define UNIT_TMP_H

extern char tmp_path[256];
extern int tmp_fd;

void tmp_make(void);
void tmp_remove(void); /* with all that is in it */

/* The file's bytes as text, NUL added; the caller frees.  NULL: no such file. */
char *tmp_read(const char *name);

/* A file of that text and mode; what was there is overwritten. */
void tmp_write(const char *name, const char *text, unsigned mode);

#endif
