#include "cli/counts.h"
#include "coordinator/journal.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err run_count(struct run_counts *out, const struct run_dir *run, struct err_note *note)
{
    const struct job *job = &run->job;
    struct run_counts c = {.n_tiles = job_n_tiles(job),
                           .cells = sweep_n_points(job->sweep) * job->n_scenarios};
    struct journal *journal = NULL;
    enum err err = journal_open(&journal, run->path, job, true, note);
    if (err)
        return err;
    uint8_t *done = calloc(1, (size_t)((c.n_tiles + 7) / 8));
    err = done ? journal_done(journal, done, c.n_tiles, &c.tiles_done, note) : ERR_NOMEM;
    if (!err)
        err = journal_counts(journal, &c.failed, &c.excluded, note);
    if (!err)
        err = journal_n_disputes(journal, &c.disputes, note);
    for (uint64_t t = 0; !err && t < c.n_tiles; t++) {
        uint64_t first;
        uint32_t n;
        job_tile_span(job, t, &first, &n);
        if (done[t / 8] >> (t % 8) & 1)
            c.cells_done += (uint64_t)n * job->n_scenarios;
    }
    free(done);
    journal_close(&journal);
    if (!err)
        *out = c;
    return err;
}

/* Equal jobs have equal bytes; the tile size is measured when a run is made and says nothing about
 * what is computed. */
static bool same_job(const struct job *a, const struct job *b)
{
    struct job x = *a, y = *b; /* share what they point to */
    uint8_t *bytes_x = NULL, *bytes_y = NULL;
    size_t n = 0, m = 0;
    x.tile_points = y.tile_points = 0;
    bool same = job_encode(&x, &bytes_x, &n) == OK && job_encode(&y, &bytes_y, &m) == OK &&
                n == m && memcmp(bytes_x, bytes_y, n) == 0;
    free(bytes_x);
    free(bytes_y);
    return same;
}

enum err run_equal(struct run_dir *out, const char *runs_dir, const struct job *job)
{
    char pattern[4200];
    glob_t folders;
    struct err_note unused;
    enum err err = ERR_NOT_FOUND;
    snprintf(pattern, sizeof pattern, "%s/*/job", runs_dir);
    if (glob(pattern, 0, NULL, &folders) != 0)
        return err;
    for (size_t i = 0; err && i < folders.gl_pathc; i++) {
        struct run_dir run;
        *strrchr(folders.gl_pathv[i], '/') = '\0';
        if (run_dir_open(&run, runs_dir, folders.gl_pathv[i], &unused) != OK)
            continue; /* another build's run, or a damaged one: not this one */
        if (same_job(&run.job, job)) {
            *out = run;
            err = OK;
        } else {
            run_dir_free(&run);
        }
    }
    globfree(&folders);
    return err;
}
