/* counts - how much of a run its journal holds; reads only. */
#ifndef CLI_COUNTS_H
#define CLI_COUNTS_H
#include "coordinator/run.h"

struct run_counts {
    uint64_t n_tiles, tiles_done, cells, cells_done; /* excluded cells included */
    uint64_t failed, excluded, disputes;
};
enum err run_count(struct run_counts *out, const struct run_dir *run, struct err_note *note);
/* The run under runs_dir that is this job, whatever its tile size. ERR_NOT_FOUND. The caller ends
 * it with run_dir_free(). */
enum err run_equal(struct run_dir *out, const char *runs_dir, const struct job *job);
#endif
