/* network.c - see network.h */
#include "throttle/network.h"

#include <arpa/inet.h>

static struct network
network(char family, const void *bytes, uint8_t n)
{
	struct network it = { .bytes = { (uint8_t)family }, .n = (uint8_t)(n + 1) };

	memcpy(it.bytes + 1, bytes, n);
	return it;
}

struct network
network_of(struct str address)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;
	struct str host, zone;

	(void)str_split(address, '%', &host, &zone);
	if (host.n == 0 || host.n >= sizeof(text))
		return network(0, "", 0);
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (inet_pton(AF_INET, text, &four) == 1)
		return network('4', &four, sizeof(four));
	if (inet_pton(AF_INET6, text, &six) != 1)
		return network(0, "", 0);
	if (IN6_IS_ADDR_V4MAPPED(&six))
		return network('4', &six.s6_addr[12], sizeof(four));
	return network('6', six.s6_addr, 8);
}
