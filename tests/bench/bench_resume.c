/* How long a run that was stopped takes to be under way again: from opening its folder to the first
 * new result of a worker, 900,000 of 10^6 cells being in the journal (its pages in memory). Prints
 * name, value, unit.
 *
 *   PLATEAU_BENCH_QUICK set: rows of 32 bytes; else full rows too (600 MB of journal). */
#include "coordinator/run.h"
#include "tests/lib/null_job.h"
#include <time.h>
#include <unistd.h>

enum { SIDE = 1000, TILE_POINTS = 256, WORKERS = 2, ROW_BYTES = 32 };
#define DONE_BEFORE 0.9

struct watch {
    double start_s, first_s; /* first_s 0: not yet */
    uint64_t done_before;
    volatile sig_atomic_t stop;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Ten times a second: what is told is late by 0.1 s at most. */
static void on_progress(void *ctx, const struct run_progress *p)
{
    struct watch *watch = ctx;
    if (watch->first_s > 0 || p->cells_done <= watch->done_before)
        return;
    watch->first_s = now_s();
    watch->stop = 1;
}

static void need(enum err err, const char *what, const struct err_note *note)
{
    if (!err)
        return;
    fprintf(stderr, "bench_resume: %s: %s\n", what, note->text);
    exit(3);
}

/* Returns the cells that are done. */
static uint64_t compute_most(const char *folder, uint32_t row_bytes)
{
    struct spec spec = {.text = strdup("null\n")};
    struct run_dir run;
    struct run_progress progress;
    struct err_note note = {""};
    bool existed;
    const struct run_options options = {
        .n_workers = WORKERS, .cache_dir = folder, .limits = {.sample = DONE_BEFORE}};
    null_job_make(&spec.job, "null", SIDE, SIDE, TILE_POINTS, 1, row_bytes);
    need(run_dir_create(&run, folder, &spec, &existed, &note), "run_dir_create", &note);
    need(run_execute(&run, &options, &progress, &note), "run_execute", &note);
    run_dir_free(&run);
    job_free(&spec.job);
    free(spec.text);
    return progress.cells_done;
}

static double resume(const char *folder, uint64_t done_before)
{
    struct watch watch = {.start_s = now_s(), .done_before = done_before};
    struct run_dir run;
    struct run_progress progress;
    struct err_note note = {""};
    const struct run_options options = {.n_workers = WORKERS,
                                        .cache_dir = folder,
                                        .on_progress = on_progress,
                                        .ctx = &watch,
                                        .stop = &watch.stop};
    need(run_dir_open(&run, folder, "last", &note), "run_dir_open", &note);
    enum err err = run_execute(&run, &options, &progress, &note);
    need(err == ERR_INTERRUPTED ? OK : err, "run_execute", &note);
    run_dir_free(&run);
    if (watch.first_s > 0)
        return watch.first_s - watch.start_s;
    fprintf(stderr, "bench_resume: no result came before the end\n");
    exit(3);
}

static void measure(const char *name, uint32_t row_bytes)
{
    char folder[] = "/tmp/plateau-bench-XXXXXX", command[100];
    if (!mkdtemp(folder))
        exit(3);
    uint64_t done = compute_most(folder, row_bytes);
    printf("resume.%s.cells_in_journal\t%llu\tcells\n", name, (unsigned long long)done);
    printf("resume.%s.first_result_s\t%.3g\ts\n", name, resume(folder, done));
    fflush(stdout);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command))
        exit(3);
}

int main(void)
{
    const char *quick = getenv("PLATEAU_BENCH_QUICK");
    measure("null", ROW_BYTES);
    if (!quick || !*quick)
        measure("full_row", null_job_full_row());
    return 0;
}
