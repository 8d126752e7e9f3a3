/* fake_run_dir - the made-up cells of fake_cells.h in a journal on disk, as verbs and exports of a
 * real run find them. */
#ifndef TESTS_LIB_FAKE_RUN_DIR_H
#define TESTS_LIB_FAKE_RUN_DIR_H
#include "tests/lib/fake_cells.h"
#include <unistd.h>

/* Moves run->job into *out. order: 1 writes tiles last to first. ERR_IO and others as the journal
 * says. */
static inline enum err fake_run_dir(struct run_dir *out, struct fake_run *run, int order,
                                    struct err_note *note)
{
    memset(out, 0, sizeof *out);
    strcpy(out->id, "fake-00000000");
    strcpy(out->created, "2026-01-01T00:00:00Z");
    strcpy(out->path, "/tmp/plateau-fake-XXXXXX");
    if (!mkdtemp(out->path))
        return ERR_IO;
    out->job = run->job;
    memset(&run->job, 0, sizeof run->job);
    struct journal *journal = NULL;
    enum err err = journal_open(&journal, out->path, &out->job, false, note);
    for (uint64_t i = 0; i < run->n_tiles && !err; i++) {
        uint64_t t = order ? run->n_tiles - 1 - i : i;
        struct journal_row row = {.tile = t,
                                  .epoch = 3,
                                  .compute_us = 1000,
                                  .worker = "w",
                                  .bytes = run->tile[t],
                                  .length = run->length[t]};
        if (run->tile[t])
            err = journal_commit(journal, &row, 1, note);
    }
    journal_close(&journal);
    return err;
}

static inline void fake_run_dir_remove(struct run_dir *dir)
{
    const char *const files[] = {"results.h5", "results.h5.tmp", "journal.db", "journal.db-wal",
                                 "journal.db-shm"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", dir->path, files[i]);
        unlink(path);
    }
    rmdir(dir->path);
    job_free(&dir->job);
}
#endif
