/* verify - computes a sample of a run's cells again, here and now, and compares every bit with the
 * journal. Copied to another machine, a run proves that machine too. 5 if any cell differs. */
#include "cli/cli.h"
#include "cli/counts.h"
#include "cli/progress.h"
#include "cli/run_image.h"
#include "cli/table.h"
#include "coordinator/import.h"
#include "coordinator/journal.h"
#include "engine/philox.h"
#include "proto/result.h"
#include "worker/cell.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VERIFY_CACHE_BYTES ((size_t)256 << 20)
#define VERIFY_SALT 0x76657269u /* second counter word of the draws */
enum { TOLD_MAX = 100 };

enum path { FAST, TRACED };

struct verify {
    struct run_dir run;
    struct market_image image;
    struct cell_engine *cells;
    struct journal *journal;
    struct table *table; /* of the cells that differ */
    struct codec_writer again;
    struct err_note *note;
    int path;
    double share;
    uint64_t seed;
    uint64_t n_seen, n_drawn, next; /* cells of the journal walked over; the next one to check */
    uint64_t n_checked, n_different, n_skipped, n_wanted;
    struct progress progress;
    double started_s;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One cell of every 1 / share, at a place that the seed draws: a fixed number of cells, spread over
 * the whole run, in the order the journal is read. */
static void draw_next(struct verify *v)
{
    const uint32_t counter[4] = {(uint32_t)v->n_drawn, (uint32_t)(v->n_drawn >> 32), VERIFY_SALT,
                                 0};
    uint32_t words[4];
    philox_seeded(v->seed, counter, words);
    v->next = (uint64_t)(((double)v->n_drawn + philox_unit(words[0])) / v->share);
    v->n_drawn++;
}

/* ---- one cell ---- */

struct place {
    const struct journal_row *row;
    uint64_t point;
    uint32_t scenario;
};

static void differs(struct verify *v, const struct place *at, const char *what)
{
    char cell[64 + JOB_NAME_MAX];
    if (v->n_different++ >= TOLD_MAX)
        return;
    snprintf(cell, sizeof cell, "%llu:%s", (unsigned long long)at->point,
             v->run.job.scenarios[at->scenario].name);
    table_text(v->table, cell);
    table_whole(v->table, (int64_t)at->row->tile);
    table_text(v->table, at->row->worker);
    table_text(v->table, what);
}

/* The first number that differs. */
static void describe(char *out, size_t size, const struct job *job,
                     const struct result_cell *stored, const struct result_cell *again)
{
    snprintf(out, size, "block sums");
    if (stored->status != again->status || stored->status != STATUS_OK) {
        snprintf(out, size, "stored %s, computed again %s", STATUS_NAME[stored->status],
                 STATUS_NAME[again->status]);
        return;
    }
    for (uint32_t p = 0; p < job_n_open_periods(job); p++)
        for (uint32_t m = 0; m <= N_METRICS; m++) {
            double a = m < N_METRICS ? result_metric(stored, N_METRICS, p, m)
                                     : result_flags(stored, N_METRICS, p);
            double b = m < N_METRICS ? result_metric(again, N_METRICS, p, m)
                                     : result_flags(again, N_METRICS, p);
            if (memcmp(&a, &b, sizeof a) == 0)
                continue;
            snprintf(out, size, "%s of open period %u: stored %.17g, computed again %.17g",
                     m < N_METRICS ? METRIC_INFO[m].name : "flags", p + 1, a, b);
            return;
        }
}

static enum err check_fast(struct verify *v, const struct place *at,
                           const struct result_cell *stored, const uint8_t *bytes, size_t length)
{
    struct result_reader reader;
    struct result_cell again;
    char what[200];
    v->again.length = 0;
    enum err err = cell_compute_point(v->cells, at->point, at->scenario, &v->again);
    if (err || (v->again.length == length && memcmp(v->again.bytes, bytes, length) == 0))
        return err;
    result_reader_init(&reader, &v->run.job, N_METRICS, 1, v->again.bytes, v->again.length);
    reader.scenario = at->scenario;
    if (result_next(&reader, &again) != OK)
        return ERR_FORMAT;
    describe(what, sizeof what, &v->run.job, stored, &again);
    differs(v, at, what);
    return OK;
}

/* Other code than the workers run; block sums are not made by it. */
static enum err check_traced(struct verify *v, const struct place *at,
                             const struct result_cell *stored)
{
    const struct plateau_config *config;
    const struct plateau_scenario scenario = cell_scenario(&v->run.job, at->scenario);
    struct plateau_trace trace;
    char what[200];
    bool failed = false;
    enum err err = cell_config(v->cells, at->point, &config, &failed, v->note);
    if (!err && failed != (stored->status == STATUS_FAILED))
        differs(v, at, failed ? "stored ok, computed again failed" : "stored failed");
    for (uint32_t p = 0; !err && !failed && p < job_n_open_periods(&v->run.job); p++) {
        const struct plateau_period period = cell_period(&v->run.job, p);
        err = plateau_run_traced(cell_plateau_engine(v->cells), config, &scenario, &period, &trace);
        for (uint32_t m = 0; !err && m < N_METRICS; m++) {
            double a = result_metric(stored, N_METRICS, p, m), b = trace.metrics.v[m];
            if (memcmp(&a, &b, sizeof a) == 0)
                continue;
            snprintf(what, sizeof what, "%s of open period %u: stored %.17g, computed again %.17g",
                     METRIC_INFO[m].name, p + 1, a, b);
            differs(v, at, what);
            return OK;
        }
    }
    return err;
}

static enum err check_cell(struct verify *v, const struct place *at,
                           const struct result_cell *stored, const uint8_t *bytes, size_t length)
{
    if (stored->status > STATUS_FAILED && stored->status != STATUS_EXCLUDED) {
        v->n_skipped++; /* it killed its worker, or took too long: not here too */
        return OK;
    }
    v->n_checked++;
    if (v->path == TRACED && stored->status == STATUS_EXCLUDED)
        return OK;
    return v->path == TRACED ? check_traced(v, at, stored)
                             : check_fast(v, at, stored, bytes, length);
}

static void show(struct verify *v)
{
    double elapsed_s = now_s() - v->started_s;
    uint64_t done = v->n_checked + v->n_skipped;
    double rate = elapsed_s > 0 && done ? (double)done / elapsed_s : NAN;
    const struct progress_state state = {.done = done,
                                         .total = v->n_wanted,
                                         .failed = v->n_different,
                                         .rate = rate,
                                         .eta_s = (double)(v->n_wanted - done) / rate,
                                         .elapsed_s = elapsed_s,
                                         .n_workers = 1};
    progress_show(&v->progress, &state);
}

static enum err check_row(void *ctx, const struct journal_row *row)
{
    struct verify *v = ctx;
    const struct job *job = &v->run.job;
    struct result_reader reader;
    struct result_cell cell;
    uint64_t first;
    uint32_t count;
    enum err err = cli_stop ? ERR_INTERRUPTED : OK;
    job_tile_span(job, row->tile, &first, &count);
    uint64_t n_cells = (uint64_t)count * job->n_scenarios;
    result_reader_init(&reader, job, N_METRICS, count, row->bytes, row->length);
    for (uint64_t c = 0; !err && c < n_cells && v->next < v->n_seen + n_cells; c++) {
        const uint8_t *bytes = reader.at;
        if (result_next(&reader, &cell) != OK)
            return err_set(v->note, ERR_CORRUPT, "tile %llu is no result of this run",
                           (unsigned long long)row->tile);
        if (v->n_seen + c != v->next)
            continue;
        const struct place at = {row,
                                 sweep_point_of_ordinal(job->sweep, first + c / job->n_scenarios),
                                 (uint32_t)(c % job->n_scenarios)};
        err = check_cell(v, &at, &cell, bytes, (size_t)(reader.at - bytes));
        draw_next(v);
        show(v);
    }
    v->n_seen += n_cells;
    return err;
}

/* ---- the verb ---- */

static enum err prepare(struct verify *v, const char *runs, const char *which,
                        struct err_note *note)
{
    static const char *const columns[] = {"cell", "tile", "worker", "difference", NULL};
    struct run_counts counts;
    enum err err = run_dir_open(&v->run, runs, which, note);
    if (err)
        return err;
    const struct job *job = &v->run.job;
    if (import_is(job))
        return import_refuse(&v->run, "verify", note);
    err = run_dir_check_engine(&v->run, note);
    if (!err)
        err = run_count(&counts, &v->run, note);
    if (err)
        return err;
    if (counts.cells_done == 0)
        return err_set(note, ERR_EMPTY, "run %s has no finished cell yet", v->run.id);
    v->n_wanted = (uint64_t)ceil((double)counts.cells_done * v->share);
    if (v->share > 1 || (double)counts.cells_done * v->share < 1) /* at least one */
        v->share = 1 / (double)counts.cells_done;
    if (!job->null_row_bytes && (err = run_image_open(&v->image, &v->run, note)) != OK)
        return err;
    err =
        cell_engine_new(&v->cells, job, v->image.bytes, v->image.length, VERIFY_CACHE_BYTES, note);
    if (!err)
        err = table_new(&v->table, columns);
    return err ? err : journal_open(&v->journal, v->run.path, job, true, note);
}

static void verify_free(struct verify *v)
{
    journal_close(&v->journal);
    table_free(&v->table);
    cell_engine_free(&v->cells);
    market_image_free(&v->image);
    run_dir_free(&v->run);
    free(v->again.bytes);
}

static int verdict(const struct verify *v, int format)
{
    struct err_note note;
    char checked[32];
    progress_count(checked, sizeof checked, v->n_checked);
    if (v->n_skipped)
        cli_say("%llu cells that crashed, timed out or are disputed were left alone",
                (unsigned long long)v->n_skipped);
    if (v->n_different == 0) {
        cli_say("%s cells computed again: every bit is the stored one", checked);
        return format == CLI_TABLE || table_print(v->table, (enum cli_format)format, stdout) == OK
                   ? CLI_OK
                   : CLI_INFRASTRUCTURE;
    }
    if (table_print(v->table, (enum cli_format)format, stdout))
        return CLI_INFRASTRUCTURE;
    err_set(&note, ERR_MISMATCH, "%llu of %s cells computed again have other bits",
            (unsigned long long)v->n_different, checked);
    return cli_fail(
        ERR_MISMATCH, &note,
        "plateau fsck checks the file, plateau doctor this machine; the worker named beside "
        "the cell computed it first");
}

int cli_verify(int argc, char **argv)
{
    static const char *const paths[] = {"fast", "traced", NULL};
    struct err_note note = {""};
    struct verify v = {.share = 0.01, .seed = 1, .note = &note};
    struct cli_args args;
    const char *runs = "runs";
    int format = CLI_TABLE;
    bool quiet = false;
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"sample", 0, CLI_SHARE, &v.share, "SHARE",
         "this share of the finished cells (default: 1%)", NULL},
        {"seed", 0, CLI_COUNT, &v.seed, "N", "which cells (default: 1)", NULL},
        {"path", 0, CLI_CHOICE, &v.path, "PATH",
         "fast: as the workers do; traced: the plain code of replay", paths},
        {"format", 0, CLI_CHOICE, &format, "FORM", "form of the output", CLI_FORMATS},
        {"quiet", 'q', CLI_FLAG, &quiet, NULL, "no progress, no messages", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    cli_quiet(quiet);
    cli_catch_signals();
    enum err err = prepare(&v, runs, args.n ? args.at[0] : "last", &note);
    if (!err) {
        progress_init(&v.progress, stderr, cli_terminal_columns(stderr), quiet);
        v.started_s = now_s();
        draw_next(&v);
        err = journal_each(v.journal, check_row, &v, &note);
        if (v.progress.drawn && v.progress.columns)
            fputc('\n', stderr);
    }
    code =
        err ? cli_fail(err, &note, err == ERR_INTERRUPTED ? "plateau verify RUN begins anew" : NULL)
            : verdict(&v, format);
    verify_free(&v);
    return code;
}
