/* export_pack - chunks shuffled and deflated in threads, handed back in order, so that the file's
 * bytes do not depend on the number of threads. The stream is what HDF5's shuffle and deflate
 * filters read. */
#ifndef COORDINATOR_EXPORT_PACK_H
#define COORDINATOR_EXPORT_PACK_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

struct pack_chunk {
    const void *bytes;
    size_t n, element_bytes;
    const void *fill; /* one element: a chunk that holds nothing else is not stored */
};
struct pack_job {
    uint64_t n_chunks;
    uint32_t n_threads; /* 0: one per core */
    size_t chunk_bytes_max;
    void *ctx;
    /* Called from any thread: describes chunk i. */
    void (*chunk)(void *ctx, uint64_t i, struct pack_chunk *out);
    /* Called from the caller's thread, i ascending; length 0: all fill. */
    enum err (*packed)(void *ctx, uint64_t i, const void *bytes, size_t length);
};
/* Stops at the first error of packed(). ERR_NOMEM. */
enum err export_pack(const struct pack_job *job);
#endif
