/* watch.c - see watch.h */
#include "gateway/watch.h"

#include <sys/socket.h>

void
watches_init(struct watches *watches)
{
	pthread_mutex_init(&watches->lock, NULL);
	watches->first = NULL;
}

void
watch_begin(struct watches *watches, struct watch *watch, int fd, int64_t deadline_ms)
{
	watch->fd = fd;
	watch->deadline_ms = deadline_ms;
	pthread_mutex_lock(&watches->lock);
	watch->next = watches->first;
	watches->first = watch;
	pthread_mutex_unlock(&watches->lock);
}

void
watch_end(struct watches *watches, const struct watch *watch)
{
	struct watch **at = &watches->first;

	pthread_mutex_lock(&watches->lock);
	while (*at != watch)
		at = &(*at)->next;
	*at = watch->next;
	pthread_mutex_unlock(&watches->lock);
}

void
watch_expire(struct watches *watches, int64_t now_ms)
{
	pthread_mutex_lock(&watches->lock);
	for (struct watch *watch = watches->first; watch != NULL; watch = watch->next)
		if (now_ms > watch->deadline_ms)
			/* The write under way fails; its thread closes the connection. */
			(void)shutdown(watch->fd, SHUT_RDWR);
	pthread_mutex_unlock(&watches->lock);
}
