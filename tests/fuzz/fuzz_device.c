/*
 * fuzz_device.c - a byte, an address, a line feed, the value of a device cookie: whose device is it, and
 * which network?
 *
 * A good cookie, changed in places, is good only where nothing has changed: the value says where and how,
 * two bytes each, if the first byte is odd; else it is tried as it is.
 */
#include <arpa/inet.h>
#include <sodium.h>

#include "core/clock.h"
#include "fuzz/fuzz.h"
#include "throttle/device.h"
#include "throttle/network.h"

static const struct digest_key key = { { 7 } };
static char good[DEVICE_TEXT_BYTES];

/* Made once, and never too old. */
static void
make_good(void)
{
	if (good[0] != '\0')
		return;
	fuzz_promise(sodium_init() != -1);
	clock_freeze(0, INT64_C(1700000000000));
	fuzz_promise(device_make(&key, STR_LIT("bob"), good) == 0);
}

static void
check_text(struct str text)
{
	struct device device, other;
	bool is_good = device_read(&key, STR_LIT("bob"), text, &device);

	/* There is one, in one spelling. */
	fuzz_promise(is_good == str_eq_z(text, good));
	fuzz_promise(!device_read(&key, STR_LIT("ann"), text, &other));
}

static void
check_changed(struct str changes)
{
	char text[DEVICE_TEXT_BYTES];

	memcpy(text, good, sizeof(text));
	for (size_t i = 0; i + 1 < changes.n; i += 2)
		text[(uint8_t)changes.p[i] % (sizeof(text) - 1)] ^= changes.p[i + 1];
	check_text(str_mem(text, sizeof(text) - 1));
}

/* What is an address has the network of its bytes; all else is of one. */
static void
check_network(struct str address)
{
	struct network network = network_of(address);
	char text[INET6_ADDRSTRLEN];

	fuzz_promise(network.n <= sizeof(network.bytes));
	switch (network.bytes[0]) {
	case '4':
		fuzz_promise(network.n == 5);
		fuzz_promise(inet_ntop(AF_INET, network.bytes + 1, text, sizeof(text)) != NULL);
		break;
	case '6': {
		struct in6_addr first = { .s6_addr = { 0 } };

		fuzz_promise(network.n == 9);
		memcpy(&first, network.bytes + 1, 8);
		fuzz_promise(inet_ntop(AF_INET6, &first, text, sizeof(text)) != NULL);
		break;
	}
	default:
		fuzz_promise(network.n == 1 && network.bytes[0] == 0);
		return;
	}
	/* The network's own first address is of it. */
	struct network again = network_of(str_of(text));

	fuzz_promise(str_eq(network_str(&again), network_str(&network)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str address, value;
	char *copy;

	make_good();
	if (size == 0)
		return 0;
	copy = fuzz_copy(str_mem(data + 1, size - 1));
	(void)str_split(str_mem(copy, size - 1), '\n', &address, &value);
	check_network(address);
	if ((data[0] & 1) != 0)
		check_changed(value);
	else
		check_text(value);
	free(copy);
	return 0;
}
