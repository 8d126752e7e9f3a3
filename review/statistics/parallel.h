/* parallel - the same work on consecutive ranges of an index, one thread each. */
#ifndef REVIEW_STATISTICS_PARALLEL_H
#define REVIEW_STATISTICS_PARALLEL_H
#include "proto/err.h"
#include <stddef.h>

#define PARALLEL_THREADS_MAX 256u
/* Threads to use for n items: `wanted`, or one per core for 0; never more than items, at least 1.
 */
unsigned parallel_threads(unsigned wanted, size_t n);
/* work(context, i, begin, end) for i = 0 .. n_threads - 1 on ranges that cover 0 .. n - 1 in
 * ascending order; returns when all have. ERR_NOMEM when the system refuses a thread (the ranges
 * started are finished, the others are not run). */
enum err parallel_ranges(unsigned n_threads, size_t n,
                         void (*work)(void *context, unsigned i, size_t begin, size_t end),
                         void *context);
#endif
