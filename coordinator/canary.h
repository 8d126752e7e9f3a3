/* canary - cells of a run whose bits are known, as they were computed in the process that made the
 * run: all scenarios of one point. A new worker computes them first (dispatch.h).
 *
 * RUN/canary: magic, version, ordinal of the point, its number of cells, their bytes
 * (proto/result.h), BLAKE2b of all that. A run without the file asks for nothing. */
#ifndef COORDINATOR_CANARY_H
#define COORDINATOR_CANARY_H
#include "coordinator/dispatch.h"
#include "proto/codec.h"
#include "proto/err.h"
#include "proto/job.h"

#define CANARY_FILE "canary"

struct canary { /* zero is none */
    struct dispatch_canary cells;
    uint8_t *file; /* holds the cells' bytes */
};
/* The file's bytes, appended. */
void canary_write(struct codec_writer *out, const struct job *job, uint64_t ordinal,
                  const uint8_t *cells, size_t length);
/* OK with none if there is no file. ERR_CORRUPT: damaged; it must not be believed. The caller ends
 * *out with canary_free(). */
enum err canary_read(struct canary *out, const char *run_dir, const struct job *job,
                     struct err_note *note);
void canary_free(struct canary *canary);
#endif
