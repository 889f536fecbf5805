/*
 * network.h - which network a client's address is of
 *
 * Purpose    Guesses are counted for networks: one address of IPv4, and the 64 bits of IPv6 that
 *            one customer has for all of his machines, who can change the others as he likes.
 * Calling    network_of() with REMOTE_ADDR.
 */
#ifndef THROTTLE_NETWORK_H
#define THROTTLE_NETWORK_H

#include "core/str.h"

struct network {
	uint8_t bytes[9]; /* '4' and 4 bytes, or '6' and 8; or 0: of none */
	uint8_t n;
};

/*
 * IPv4 in IPv6 (::ffff:192.0.2.1) is IPv4; a zone behind % does not count.  What is no address
 * (a unix socket) is of one network for all.
 */
struct network network_of(struct str address);

static inline struct str
network_str(const struct network *network)
{
	return str_mem(network->bytes, network->n);
}

#endif
