/*
 * view_counters.h - the operators' page: counters as Prometheus text
 *
 * Source     Prometheus text exposition format 0.0.4.
 */
#ifndef APP_VIEW_COUNTERS_H
#define APP_VIEW_COUNTERS_H

#include "app/exchange.h"

void view_counters(struct exchange *x);

#endif
