/* planes_file - the indicator planes of a job, computed once per host and mapped by every slot.
 *
 *   CACHE/KEY.planes   BLAKE2b-256 of the rest | zeros to 64 bytes | what the engine made
 *
 * KEY hashes the image, the engine's id and which planes there are, so that equal needs of
 * different jobs share one file. One process makes it while the others wait; it is verified before
 * use. Planes are a saving and never a condition: whatever goes wrong here, each engine computes
 * its own as before. */
#ifndef WORKER_PLANES_FILE_H
#define WORKER_PLANES_FILE_H
#include "proto/job.h"
#include "worker/cell.h"
#include <stdint.h>

#define PLANES_FILE_BYTES_MAX ((size_t)2 << 30) /* of a job: planes beyond it are not shared */

struct planes_file {
    void *bytes; /* mapped; NULL: none */
    size_t length;
    int hold_fd;
    uint32_t n_planes;
    bool made; /* by this process */
};
/* Finds or makes it and has the cells' engine use it. cache_limit as for image_fetch(). */
void planes_file_open(struct planes_file *out, const char *cache_dir, uint64_t cache_limit,
                      const struct job *job, struct cell_engine *cells);
/* After the engine's end. */
void planes_file_close(struct planes_file *file);
#endif
