#include "coordinator/summary.h"
#include "coordinator/export.h"
#include "coordinator/failures.h"
#include "coordinator/status_count.h"
#include "engine/metrics.h"
#include "engine/plateau_engine.h"
#include "proto/result.h"
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4200, EXIT_INTERRUPTED = 130 };

/* ---- failures by message ---- */

struct reading {
    const struct job *job;
    struct failures failures;
};

static enum err read_failures(void *ctx, const struct journal_row *row)
{
    struct reading *reading = ctx;
    failures_add(&reading->failures, reading->job, row);
    return OK;
}

static json_t *failures_json(const struct summary *s, enum err *err, struct err_note *note)
{
    struct reading reading = {.job = &s->run->job};
    json_t *list = json_array();
    *err = journal_each_failed(s->journal, read_failures, &reading, note);
    for (uint32_t i = 0; i < reading.failures.n; i++) {
        const struct failure *f = &reading.failures.at[i];
        json_t *reason = json_string(f->reason); /* NULL: a worker's bytes, no UTF-8 */
        json_array_append_new(list, json_pack("{s:s, s:o, s:I}", "status", STATUS_NAME[f->status],
                                              "reason", reason ? reason : json_null(), "cells",
                                              (json_int_t)f->n_cells));
    }
    if (reading.failures.n_other)
        json_array_append_new(list, json_pack("{s:n, s:n, s:I}", "status", "reason", "cells",
                                              (json_int_t)reading.failures.n_other));
    return list;
}

/* ---- workers ---- */

struct workers {
    const struct summary *s;
    json_t *list;
};

static void add_worker(void *ctx, const struct journal_worker *w)
{
    const struct workers *workers = ctx;
    const struct job *job = &workers->s->run->job;
    uint64_t first, last = job_n_tiles(job) - 1;
    uint32_t count;
    job_tile_span(job, last, &first, &count);
    uint64_t points = w->tiles * job->tile_points - (w->has_last ? job->tile_points - count : 0);
    uint64_t cells = points * job->n_scenarios;
    double compute_s = (double)w->compute_us / 1e6;
    json_t *name = json_string(w->name);
    json_array_append_new(
        workers->list,
        json_pack("{s:o, s:I, s:I, s:f, s:o, s:o}", "name", name ? name : json_string("(no text)"),
                  "tiles", (json_int_t)w->tiles, "cells", (json_int_t)cells, "compute_s", compute_s,
                  "cells_per_s", compute_s > 0 ? json_real((double)cells / compute_s) : json_null(),
                  "facts", crew_object(crew_facts(workers->s->crew, w->name))));
}

/* ---- the whole ---- */

static json_t *hex(const uint8_t *bytes)
{
    char text[2 * JOB_HASH_BYTES + 1];
    sodium_bin2hex(text, sizeof text, bytes, JOB_HASH_BYTES);
    return json_string(text);
}

static json_t *utc(time_t when)
{
    char text[32];
    struct tm tm;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &tm));
    return json_string(text);
}

static json_t *cells_json(const struct summary *s, enum err *err, struct err_note *note)
{
    uint64_t failed = 0, excluded = 0, as[N_STATUSES] = {0};
    const struct dispatch_stats *d = &s->dispatch;
    *err = journal_counts(s->journal, &failed, &excluded, note);
    if (!*err)
        *err = status_count_journal(&s->run->job, s->journal, as, note);
    as[STATUS_OK] = d->cells_done - failed - excluded;
    as[STATUS_EXCLUDED] = excluded;
    as[STATUS_MISSING] += d->n_cells - d->cells_done;
    json_t *cells = json_pack("{s:I, s:I}", "wanted", (json_int_t)d->n_cells, "done",
                              (json_int_t)d->cells_done);
    for (int i = 0; i < N_STATUSES; i++)
        json_object_set_new(cells, STATUS_NAME[i], json_integer((json_int_t)as[i]));
    return cells;
}

static json_t *times_json(const struct summary *s)
{
    struct journal_stats j = journal_stats(s->journal);
    double computed = (double)(s->dispatch.cells_done - s->cells_at_start);
    time_t now = time(NULL);
    return json_pack("{s:o, s:o, s:f, s:o, s:f, s:I, s:f}", "started",
                     utc(now - (time_t)s->elapsed_s), "ended", utc(now), "elapsed_s", s->elapsed_s,
                     "cells_per_s",
                     s->elapsed_s > 0 ? json_real(computed / s->elapsed_s) : json_null(),
                     "compute_s", (double)s->dispatch.compute_us / 1e6, "commits",
                     (json_int_t)j.commits, "commit_s", (double)j.commit_us / 1e6);
}

static int exit_code(const struct summary *s)
{
    if (s->err == ERR_INTERRUPTED)
        return EXIT_INTERRUPTED;
    return s->err ? err_exit_code(s->err) : s->dispatch.cells_failed > 0;
}

static json_t *make(const struct summary *s, enum err *err, struct err_note *note)
{
    const struct run_dir *run = s->run;
    const char *state = s->err == ERR_INTERRUPTED ? "stopped" : s->err ? "failed" : "finished";
    uint64_t disputes = 0;
    json_t *reason = s->reason[0] ? json_string(s->reason) : NULL;
    json_t *root =
        json_pack("{s:i, s:s, s:s, s:i, s:o}", "format", 1, "run", run->id, "state", state,
                  "exit_code", exit_code(s), "reason", reason ? reason : json_null());
    json_object_set_new(root, "cells", cells_json(s, err, note));
    json_object_set_new(root, "tiles",
                        json_pack("{s:I, s:I}", "wanted", (json_int_t)s->dispatch.n_tiles, "done",
                                  (json_int_t)s->dispatch.tiles_done));
    json_object_set_new(root, "this_time", times_json(s));
    struct workers workers = {s, json_array()};
    if (!*err)
        *err =
            journal_each_worker(s->journal, job_n_tiles(&run->job) - 1, add_worker, &workers, note);
    json_object_set_new(root, "workers", workers.list);
    json_object_set_new(root, "differences", crew_differences(s->crew));
    if (!*err)
        json_object_set_new(root, "failures", failures_json(s, err, note));
    if (!*err)
        *err = journal_n_disputes(s->journal, &disputes, note);
    json_object_set_new(root, "disputes", json_integer((json_int_t)disputes));
    json_object_set_new(root, "versions",
                        json_pack("{s:s, s:s, s:s}", "made_by", run->build, "written_by",
                                  "plateau " PLATEAU_VERSION, "engine_id", plateau_engine_id()));
    json_object_set_new(root, "hashes",
                        json_pack("{s:o, s:o}", "spec_sha256", hex(run->job.spec_sha256),
                                  "image_blake2b", hex(run->job.image_hash)));
    return root;
}

static enum err write_text(const char *path, const char *text, struct err_note *note)
{
    char beside[PATH_SIZE + 32];
    snprintf(beside, sizeof beside, "%s.tmp.%ld", path, (long)getpid());
    FILE *file = fopen(beside, "we");
    bool bad = !file || fputs(text, file) < 0 || fputc('\n', file) < 0 || fflush(file) != 0 ||
               fsync(fileno(file)) != 0;
    int error = errno;
    if (file)
        bad |= fclose(file) != 0;
    if (!bad)
        return export_rename(beside, path, note);
    unlink(beside);
    return err_set(note, ERR_IO, "%s: cannot write: %s", path, strerror(error));
}

enum err summary_write(const struct summary *summary, struct err_note *note)
{
    char path[PATH_SIZE];
    enum err err = OK;
    json_t *root = make(summary, &err, note);
    char *text = err ? NULL : json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    json_decref(root);
    if (!err)
        snprintf(path, sizeof path, "%s/" SUMMARY_FILE, summary->run->path);
    if (!err)
        err = text ? write_text(path, text, note) : ERR_NOMEM;
    free(text);
    return err;
}
