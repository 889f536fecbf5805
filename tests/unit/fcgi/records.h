/*
 * records.h - FastCGI requests as bytes, for tests
 */
#ifndef UNIT_GATEWAY_RECORDS_H
#define UNIT_GATEWAY_RECORDS_H

#include "core/buf.h"

void records_add(struct buf *out, int type, int request_id, struct str content, int padding);
void records_add_begin(struct buf *out, int role, int flags);
void records_add_pair(struct buf *out, struct str name, struct str value);

/* A whole stream in records of chunk bytes, with its end. */
void records_add_stream(struct buf *out, int type, struct str content, size_t chunk);

/* A whole sound request: POST with three variables (one of them long) and this body. */
void records_add_request(struct buf *out, bool is_kept, struct str body, size_t chunk);

#define RECORDS_N_PARAMS 3

#endif
