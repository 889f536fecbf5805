/* rundir.c - see rundir.h */
#include "app/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "core/log.h"

/* 0, or negative errno: -ENOENT for either of the two. */
static int
look(int dir_fd, const char *table, struct rundir_place *ret)
{
	struct stat dir, file;

	if (fstat(dir_fd, &dir) == -1 ||
	    fstatat(dir_fd, table, &file, AT_SYMLINK_NOFOLLOW) == -1)
		return -errno;
	*ret = (struct rundir_place){ dir.st_dev, file.st_dev, dir.st_ino, file.st_ino };
	return 0;
}

void
rundir_note(struct rundir *rundir, const char *path, int dir_fd, const char *table)
{
	*rundir = (struct rundir){ .path = path, .table = table };
	rundir->is_noted = look(dir_fd, table, &rundir->place) == 0;
}

static bool
is_same(const struct rundir_place *a, const struct rundir_place *b)
{
	return a->dir_dev == b->dir_dev && a->dir_ino == b->dir_ino &&
	       a->table_dev == b->table_dev && a->table_ino == b->table_ino;
}

bool
rundir_is_ours(const struct rundir *rundir)
{
	struct rundir_place now = rundir->place;
	int fd, r;

	if (!rundir->is_noted)
		return true;
	fd = open(rundir->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd == -1 ? -errno : look(fd, rundir->table, &now);
	if (fd != -1)
		(void)close(fd);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		return false;
	return r != 0 || is_same(&now, &rundir->place);
}

/* reason: why nobody can begin anew now; NULL: all do. */
static void
tell(const struct rundir *rundir, const char *reason)
{
	static const char problem[] = "the session table was removed or replaced while in use";

	if (reason == NULL)
		log_error("session-table-lost", log_z("run_dir", rundir->path),
		    log_z("problem", problem),
		    log_z("effect", "all workers begin anew; login sessions end, except those "
				    "of session_db_auth"));
	else
		log_error("session-table-lost", log_z("run_dir", rundir->path),
		    log_z("problem", problem),
		    log_z("effect", "login sessions go on here, and are unknown to what starts "
				    "from now on"),
		    log_z("reason", reason),
		    log_z("action",
			"make the run directory again, or restart the program; "
			"then login sessions end, except those of session_db_auth"));
}

/* Once for all workers, and for each of them once. */
static bool
is_news(struct app *app, enum rundir_state state)
{
	bool is_change = app->rundir.state != state;

	app->rundir.state = state;
	return is_change && counters_tell_once(app->counters, state);
}

bool
rundir_should_leave(struct app *app, bool is_lost)
{
	const struct rundir *rundir = &app->rundir;
	struct err err = { "" };

	if (!is_lost) {
		if (is_news(app, RUNDIR_OURS))
			log_info("session-table-back", log_z("run_dir", rundir->path));
		return false;
	}
	if (app_try_run_dir(app, &err) != 0) {
		if (is_news(app, RUNDIR_LOST))
			tell(rundir, err.text);
		return false;
	}
	if (is_news(app, RUNDIR_LEFT))
		tell(rundir, NULL);
	return true;
}
