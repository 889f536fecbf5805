/*
 * main.c - runs the suites of one folder under check
 *
 * Each check_*.c defines one suite; the folder's suites.c lists them.  Tests run in
 * processes of their own (CK_FORK=no in the environment for debuggers).
 */
#include "unit/unit.h"

#include <stdlib.h>

#include "core/log_lasting.h"

#undef _mark_point

#define N_RECENT 16 /* lines with an assertion in one loop, about */

void
unit_mark(const char *file, int line)
{
	static _Thread_local struct {
		const char *file;
		int line;
	} recent[N_RECENT];
	static _Thread_local unsigned n;

	for (unsigned i = 0; i < N_RECENT; i++)
		if (recent[i].line == line && recent[i].file == file)
			return;
	recent[n % N_RECENT].file = file;
	recent[n++ % N_RECENT].line = line;
	_mark_point(file, line);
}

int
main(void)
{
	SRunner *runner;
	int n_failed;

	/* Tests of one process do not know what those before them have logged. */
	log_lasting_every(0);
	/* Check gives each test 4 seconds: too few under a sanitizer on a busy machine. */
	(void)setenv("CK_DEFAULT_TIMEOUT", "120", 0);
	/* What waits longer than UNIT_PATIENCE_MS says what for; this ends what hangs. */
	(void)setenv("CK_TIMEOUT_MULTIPLIER", "10", 0);
	runner = srunner_create(NULL);
	for (Suite *(*const *make)(void) = unit_suites; *make != NULL; make++)
		srunner_add_suite(runner, (*make)());
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
