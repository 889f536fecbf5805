/* become.c - see become.h */
#include "ctl/become.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The user of the unit and of the manuals. */
#define USER "sessiongate"

static void
tell_how_to_begin(const char *data_dir)
{
	(void)fprintf(stderr,
	    "sessiongatectl: %s is not there: give the program's --data-dir.  On a new machine "
	    "make it first, for the program's user; made by root, it would be closed to the "
	    "program:\n",
	    data_dir);
	if (getpwnam(USER) == NULL)
		(void)fprintf(
		    stderr, "    adduser --system --group --no-create-home " USER "\n");
	(void)fprintf(stderr, "    install -d -o " USER " -g " USER " -m 700 %s\n", data_dir);
}

bool
become_owner(const char *data_dir)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	if (lstat(data_dir, &st) == -1) {
		if (errno == ENOENT)
			tell_how_to_begin(data_dir);
		else
			(void)fprintf(
			    stderr, "sessiongatectl: %s: %s\n", data_dir, strerror(errno));
		return false;
	}
	/* What is no directory is refused when it is opened. */
	if (!S_ISDIR(st.st_mode) || st.st_uid == 0)
		return true;
	if (setgroups(0, NULL) == 0 && setresgid(st.st_gid, st.st_gid, st.st_gid) == 0 &&
	    setresuid(st.st_uid, st.st_uid, st.st_uid) == 0)
		return true;
	(void)fprintf(stderr,
	    "sessiongatectl: root cannot become user %ld, who owns %s: %s; run it as that "
	    "user\n",
	    (long)st.st_uid, data_dir, strerror(errno));
	return false;
}

void
become_nobody(void)
{
	const struct passwd *nobody = geteuid() == 0 ? getpwnam("nobody") : NULL;

	if (nobody != NULL && setgroups(0, NULL) == 0 &&
	    setresgid(nobody->pw_gid, nobody->pw_gid, nobody->pw_gid) == 0)
		(void)!setresuid(nobody->pw_uid, nobody->pw_uid, nobody->pw_uid);
}
