/*
 * wiping_free.h - what is freed in this program is wiped first
 *
 * Purpose    Requests bring passwords, and session ids come and go with them.  Our own buffers
 *            are wiped by who owns them; but libfcgi and json-c free, and grow by copying, what
 *            they read from a request.  wiping_free.c defines free() and realloc() in place of
 *            the C library's, for all libraries of the process; malloc() stays.
 * Calling    By being linked: into programs that hold secrets, not into the library.
 * Threads    As free(3) and realloc(3).
 */
#ifndef CORE_WIPING_FREE_H
#define CORE_WIPING_FREE_H

/* Sanitizers have functions of their own, and keep what was freed: nothing is defined then. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define WIPING_FREE_IS_ON 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WIPING_FREE_IS_ON 0
#endif
#ifndef WIPING_FREE_IS_ON
#define WIPING_FREE_IS_ON 1
#endif

/* From here on pages are given back to the kernel: they come again as zeros. */
#define WIPING_FREE_LARGE_BYTES ((size_t)256 * 1024)

#endif
