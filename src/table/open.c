/* open.c - table_open() and table_close(): see table.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "table/mapping.h"
#include "table/epoch.h"
#include "table/segment.h"
#include "table/table.h"

static int
check_limits(const struct table_config *config, const struct table *t, struct err *err)
{
	uint64_t most = tbl_geometry_grow_at(t->regions[GEOMETRY_REGIONS - 1].n_buckets);

	if (config->max_entries == 0 || config->max_entries > most)
		return err_set(err, -EINVAL,
		    "the maximum of sessions is %llu: choose one from 1 to %llu",
		    (unsigned long long)config->max_entries, (unsigned long long)most);
	return 0;
}

int
table_open(const struct table_config *config, struct table **ret_table, bool *ret_is_new,
    struct err *err)
{
	struct table *t = calloc(1, sizeof(*t));
	bool is_new = false;
	int r;

	if (t == NULL)
		return err_set(err, -ENOMEM, "no memory");
	t->fd = -1;
	tbl_geometry_fill(t->regions);
	t->max_entries = config->max_entries;
	t->max_per_owner = config->max_per_owner;
	if ((r = check_limits(config, t, err)) != 0 ||
	    (r = tbl_segment_open(config, t, &is_new, err)) != 0)
		goto fail;
	if ((r = tbl_epoch_init(t)) != 0) {
		err_set(err, r, "cannot mark memory to be wiped on fork: %s", strerror(-r));
		goto fail;
	}
	*ret_table = t;
	if (ret_is_new != NULL)
		*ret_is_new = is_new;
	return 0;
fail:
	table_close(t);
	return r;
}

void
table_close(struct table *t)
{
	if (t == NULL)
		return;
	tbl_epoch_fini(t);
	tbl_mapping_unmap(t);
	/* The lock's page goes last, and only here, when no thread is in an operation: were it
	 * unmapped while one is still in pthread_mutex_unlock(), the kernel could write into
	 * whatever is mapped there next if that thread died (glibc bug 14485). */
	tbl_segment_close(t);
	free(t);
}
