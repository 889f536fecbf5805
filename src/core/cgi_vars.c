/* cgi_vars.c - see cgi_vars.h */
#include "core/cgi_vars.h"

#include <assert.h>

#define N_LENGTHS 64
#define NO_WANT   (-1)

void
cgi_vars_collect(const char *const *params, const struct cgi_vars_want *wants, size_t n_wants)
{
	/* Wanted names by their length (modulo N_LENGTHS), chained: most variables match none.
	 */
	int8_t first[N_LENGTHS], next[PARAMS_WANTS_MOST];

	assert(n_wants <= PARAMS_WANTS_MOST);
	memset(first, NO_WANT, sizeof(first));
	for (size_t i = 0; i < n_wants; i++) {
		*wants[i].ret_value = STR_NULL;
		if (wants[i].ret_count != NULL)
			*wants[i].ret_count = 0;
		next[i] = first[wants[i].name.n % N_LENGTHS];
		first[wants[i].name.n % N_LENGTHS] = (int8_t)i;
	}
	for (; *params != NULL; params++) {
		const char *equals = strchr(*params, '=');
		size_t n;

		if (equals == NULL)
			continue;
		n = (size_t)(equals - *params);
		for (int i = first[n % N_LENGTHS]; i != NO_WANT; i = next[i]) {
			if (!str_eq(wants[i].name, str_mem(*params, n)))
				continue;
			if (str_is_null(*wants[i].ret_value))
				*wants[i].ret_value = str_of(equals + 1);
			if (wants[i].ret_count != NULL)
				(*wants[i].ret_count)++;
			break;
		}
	}
}
