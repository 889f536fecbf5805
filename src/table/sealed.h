/*
 * sealed.h - words of the file that are not believed when they have been hit by chance
 *
 * Purpose    A word that says where entries lie, or which pages have storage, carries 16 bits
 *            that depend on all others.  Whoever reads it can tell that it is nonsense, and take
 *            the careful way.  An all-zero word is none.
 * Threads    Pure functions.
 */
#ifndef TABLE_SEALED_H
#define TABLE_SEALED_H

#include <stdbool.h>
#include <stdint.h>

#define SEALED_CHECK_BITS  16
#define SEALED_CHECK_SHIFT (64 - SEALED_CHECK_BITS)
#define SEALED_FACTOR      UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio */

/* A value of at most 48 bits, as a word. */
static inline uint64_t
tbl_sealed_pack(uint64_t value)
{
	uint64_t word = value << SEALED_CHECK_BITS;

	return word | ((word ^ SEALED_FACTOR) * SEALED_FACTOR) >> SEALED_CHECK_SHIFT;
}

/* false: no word that tbl_sealed_pack() ever made. */
static inline bool
tbl_sealed_unpack(uint64_t word, uint64_t *ret_value)
{
	*ret_value = word >> SEALED_CHECK_BITS;
	return tbl_sealed_pack(*ret_value) == word;
}

#endif
