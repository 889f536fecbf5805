/* crc32c.c - see crc32c.h */
#include "journal/crc32c.h"

#include <stdbool.h>
#include <string.h>

/* Four bits at a time: 64 bytes of table, and no set-up that threads could race for. */
static const uint32_t nibble[16] = { 0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc,
	0x5125dad3, 0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75 };

static uint32_t
crc32c_portable(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	crc = ~crc;
	while (n-- > 0) {
		crc ^= *p++;
		crc = (crc >> 4) ^ nibble[crc & 15];
		crc = (crc >> 4) ^ nibble[crc & 15];
	}
	return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t
crc32c_sse42(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t state = (uint32_t)~crc;

	for (; n >= sizeof(uint64_t); n -= sizeof(uint64_t), p += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, p, sizeof(word));
		state = __builtin_ia32_crc32di(state, word);
	}
	for (; n > 0; n--)
		state = __builtin_ia32_crc32qi((uint32_t)state, *p++);
	return ~(uint32_t)state;
}

uint32_t
jrn_crc32c_with(bool has_instruction, uint32_t crc, const void *bytes, size_t n)
{
	return has_instruction ? crc32c_sse42(crc, bytes, n) : crc32c_portable(crc, bytes, n);
}

uint32_t
jrn_crc32c(uint32_t crc, const void *bytes, size_t n)
{
	return jrn_crc32c_with(__builtin_cpu_supports("sse4.2") != 0, crc, bytes, n);
}

#else

uint32_t
jrn_crc32c_with(bool has_instruction, uint32_t crc, const void *bytes, size_t n)
{
	(void)has_instruction;
	return crc32c_portable(crc, bytes, n);
}

uint32_t
jrn_crc32c(uint32_t crc, const void *bytes, size_t n)
{
	return crc32c_portable(crc, bytes, n);
}

#endif
