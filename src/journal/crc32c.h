/*
 * crc32c.h - the check sum at the end of every journal line
 *
 * Source     CRC-32C (Castagnoli), reflected, polynomial 0x1EDC6F41, as in RFC 3720 appendix
 *            B.4.  It finds torn and decayed bytes; it is no defence against people.
 * Threads    Safe; the tables are constant.
 */
#ifndef JOURNAL_CRC32C_H
#define JOURNAL_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sum of n more bytes; begin with crc 0. */
uint32_t jrn_crc32c(uint32_t crc, const void *bytes, size_t n);

/* The same, with the processor's instruction or without it. */
uint32_t jrn_crc32c_with(bool has_instruction, uint32_t crc, const void *bytes, size_t n);

#endif
