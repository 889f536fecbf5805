/*
 * hex.h - lower-case hexadecimal to bytes, for what is read a million times at a start
 *
 * Threads    Pure functions.  Not for secrets: a table is looked up by what is read.
 */
#ifndef CORE_HEX_H
#define CORE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Digit plus one, so that everything else is 0. */
static const uint8_t hex_digit_plus_one[256] = { ['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16 };

/* 0 to 15; anything above: no digit. */
static inline unsigned
hex_value(char c)
{
	return hex_digit_plus_one[(unsigned char)c] - 1u;
}

/* 2 n characters to n bytes; false: one of them is no digit, and the bytes may be anything. */
static inline bool
hex_decode(const char *text, uint8_t *ret_bytes, size_t n)
{
	unsigned all = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);

		ret_bytes[i] = (uint8_t)(high << 4 | low);
		all |= high | low;
	}
	return all < 16;
}

#endif
