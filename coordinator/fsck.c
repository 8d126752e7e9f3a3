#include "coordinator/fsck.h"
#include "coordinator/export.h"
#include "coordinator/h5_compare.h"
#include "coordinator/journal.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* TOLD_MAX: rows told one by one; the rest is counted. */
enum { TOLD_MAX = 20, PATH_SIZE = 4200 };

const char *const FSCK_STATE_NAME[N_FSCK_STATES] = {
#define X(NAME, name) name,
    FSCK_STATES(X)
#undef X
};

struct fsck { /* one check of one run */
    const struct run_dir *run;
    const struct fsck_options *options;
    struct journal *journal;
    enum fsck_state worst;
    uint64_t n_rows, n_bad, n_holes, next_tile, first_hole;
    uint64_t *bad; /* [n_bad] tiles whose rows are of no use */
    size_t bad_capacity;
};

__attribute__((format(printf, 4, 5))) static void tell(struct fsck *f, enum fsck_state state,
                                                       const char *check, const char *format, ...)
{
    char text[ERR_NOTE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (state > f->worst)
        f->worst = state;
    f->options->tell(f->options->ctx, state, check, text);
}

/* ---- rows ---- */

/* What is wrong with a row; NULL: nothing. */
static const char *fault_of(const struct job *job, const struct journal_row *row, bool sound)
{
    struct result_reader reader;
    struct result_cell cell;
    uint64_t first, failed = 0, excluded = 0;
    uint32_t count;
    enum err err;
    if (!sound)
        return "bad checksum";
    if (row->tile >= job_n_tiles(job))
        return "the run has no such tile";
    job_tile_span(job, row->tile, &first, &count);
    result_reader_init(&reader, job, N_METRICS, count, row->bytes, row->length);
    for (uint64_t c = 0; (err = result_next(&reader, &cell)) == OK; c++) {
        bool out = cell.status == STATUS_EXCLUDED;
        excluded += out;
        failed += !out && cell.status != STATUS_OK;
        uint64_t point = sweep_point_of_ordinal(job->sweep, first + c / job->n_scenarios);
        if (!job->null_row_bytes && out != sweep_excluded(job->sweep, point))
            return out ? "a cell is excluded that the sweep wants"
                       : "a cell is there that the sweep excludes";
    }
    if (err != ERR_EMPTY)
        return "its bytes are no cells of this tile";
    if (failed != row->n_failed || excluded != row->n_excluded)
        return "its counts are not those of its cells";
    return NULL;
}

static enum err remember(struct fsck *f, uint64_t tile)
{
    if (f->n_bad == f->bad_capacity) {
        size_t more = f->bad_capacity ? 2 * f->bad_capacity : 64;
        uint64_t *grown = realloc(f->bad, more * sizeof *grown);
        if (!grown)
            return ERR_NOMEM;
        f->bad = grown;
        f->bad_capacity = more;
    }
    f->bad[f->n_bad++] = tile;
    return OK;
}

static enum err check_row(void *ctx, const struct journal_row *row, bool sound)
{
    struct fsck *f = ctx;
    bool again =
        f->n_rows++ > 0 && row->tile < f->next_tile; /* tiles ascend, whatever SQLite says */
    const char *fault = again ? "there twice, or out of order" : fault_of(&f->run->job, row, sound);
    if (row->tile > f->next_tile && f->n_holes == 0)
        f->first_hole = f->next_tile;
    if (row->tile > f->next_tile)
        f->n_holes += row->tile - f->next_tile;
    if (!again)
        f->next_tile = row->tile + 1;
    if (!fault)
        return OK;
    if (f->n_bad < TOLD_MAX)
        tell(f, FSCK_DAMAGED, "row", "tile %llu: %s", (unsigned long long)row->tile, fault);
    return remember(f, row->tile);
}

/* before: the worst of all but these rows. */
static enum err mend_rows(struct fsck *f, enum fsck_state before, struct err_note *note)
{
    enum err err = OK;
    for (uint64_t i = 0; !err && i < f->n_bad; i++)
        err = journal_forget(f->journal, f->bad[i], note);
    if (err)
        return err;
    tell(f, FSCK_MENDED, "rows",
         "%llu of no use removed: plateau resume computes their tiles again",
         (unsigned long long)f->n_bad);
    f->worst = before > FSCK_MENDED ? before : FSCK_MENDED;
    if (f->n_holes == 0 || f->bad[0] < f->first_hole)
        f->first_hole = f->bad[0];
    f->n_rows -= f->n_bad;
    f->n_holes += f->n_bad;
    return OK;
}

static enum err check_rows(struct fsck *f, struct err_note *note)
{
    uint64_t n_tiles = job_n_tiles(&f->run->job), disputes = 0;
    enum fsck_state before = f->worst;
    enum err err = journal_scan(f->journal, check_row, f, note);
    if (err == ERR_CORRUPT || err == ERR_IO) {
        tell(f, FSCK_DAMAGED, "rows", "%s", note->text);
        return OK;
    }
    if (err)
        return err;
    if (f->next_tile < n_tiles) {
        if (f->n_holes == 0)
            f->first_hole = f->next_tile;
        f->n_holes += n_tiles - f->next_tile;
    }
    if (f->n_bad)
        tell(f, FSCK_DAMAGED, "rows", "%llu of %llu are of no use", (unsigned long long)f->n_bad,
             (unsigned long long)f->n_rows);
    else
        tell(f, FSCK_OK, "rows", "%llu, each with its checksum, cells and counts",
             (unsigned long long)f->n_rows);
    if (f->n_bad && f->options->repair && (err = mend_rows(f, before, note)) != OK)
        return err;
    if (f->n_holes)
        tell(f, FSCK_NOTE, "holes",
             "%llu of %llu tiles are missing, the first is %llu: plateau resume",
             (unsigned long long)f->n_holes, (unsigned long long)n_tiles,
             (unsigned long long)f->first_hole);
    else
        tell(f, FSCK_OK, "holes", "none in %llu tiles", (unsigned long long)n_tiles);
    err = journal_n_disputes(f->journal, &disputes, note);
    if (!err)
        tell(f, disputes ? FSCK_DIFFERENT : FSCK_OK, "disputes", "%llu tile%s gave different bits",
             (unsigned long long)disputes, disputes == 1 ? "" : "s");
    return err;
}

/* ---- results.h5 ---- */

static enum err write_results(struct fsck *f, enum fsck_state before, const char *path,
                              struct err_note *note)
{
    enum err err = export_h5(f->run, path, f->n_holes > 0, note);
    if (!err) {
        tell(f, FSCK_MENDED, "results.h5", "written anew from the journal");
        f->worst = before > FSCK_MENDED ? before : FSCK_MENDED;
    }
    return err;
}

static enum err compare_results(struct fsck *f, const char *path, const char *beside,
                                struct err_note *note)
{
    struct h5_comparison c;
    enum fsck_state before = f->worst;
    enum err err = export_h5(f->run, beside, true, note);
    if (err)
        return err;
    err = h5_compare(beside, path, &c, note);
    unlink(beside);
    if (err == ERR_CORRUPT)
        tell(f, FSCK_DAMAGED, "results.h5", "%s", note->text);
    else if (err)
        return err;
    else if (c.n_extra) /* nothing to mend it from: it may be the better one */
        tell(f, FSCK_NOTE, "results.h5", "holds %llu cells that the journal lost: plateau resume",
             (unsigned long long)c.n_extra);
    else if (c.n_missing)
        tell(f, FSCK_DIFFERENT, "results.h5",
             "older than the journal: %llu cells are missing there: plateau export, or --repair",
             (unsigned long long)c.n_missing);
    else if (c.n_different)
        tell(f, FSCK_DIFFERENT, "results.h5", "%llu values differ from the journal, first in %s",
             (unsigned long long)c.n_different, c.first);
    else
        tell(f, FSCK_OK, "results.h5", "%llu datasets have the journal's bytes",
             (unsigned long long)c.n_datasets);
    bool bad = err || (c.n_different && !c.n_extra);
    return bad && f->options->repair ? write_results(f, before, path, note) : OK;
}

/* A journal with rows of no use has nothing to compare with. */
static enum err check_results(struct fsck *f, struct err_note *note)
{
    char path[PATH_SIZE], beside[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/results.h5", f->run->path);
    snprintf(beside, sizeof beside, "%s.fsck.%ld", path, (long)getpid());
    if (f->worst == FSCK_DAMAGED) {
        tell(f, FSCK_NOTE, "results.h5", "not compared: the journal is damaged");
        return OK;
    }
    if (access(path, F_OK) == 0)
        return compare_results(f, path, beside, note);
    if (f->options->repair && f->n_holes == 0)
        return write_results(f, f->worst, path, note);
    tell(f, FSCK_NOTE, "results.h5", "not written yet: plateau %s",
         f->n_holes ? "resume" : "export -o results.h5, or --repair");
    return OK;
}

static enum err check_all(struct fsck *f, struct err_note *note)
{
    enum err err = run_dir_check(f->run, note);
    tell(f, err ? FSCK_DAMAGED : FSCK_OK, "run.json", "%s",
         err ? note->text : "agrees with the job");
    err = journal_open(&f->journal, f->run->path, &f->run->job, !f->options->repair, note);
    if (!err)
        err = journal_integrity(f->journal, note);
    if (err == ERR_NOMEM || err == ERR_BUSY)
        return err;
    tell(f, err ? FSCK_DAMAGED : FSCK_OK, "journal", "%s",
         err ? note->text : "SQLite finds its pages and indices whole");
    if (err)
        return OK;
    err = check_rows(f, note);
    return err ? err : check_results(f, note);
}

enum err fsck_run(const struct run_dir *run, const struct fsck_options *options,
                  enum fsck_state *worst, struct err_note *note)
{
    struct fsck f = {.run = run, .options = options};
    int lock_fd = -1;
    enum err err = options->repair ? run_lock(run, &lock_fd, note) : OK;
    if (err)
        return err;
    err = check_all(&f, note);
    journal_close(&f.journal);
    free(f.bad);
    if (options->repair)
        run_unlock(lock_fd);
    if (!err)
        *worst = f.worst;
    return err;
}
