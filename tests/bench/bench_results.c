/* results.h5 of 10^6 cells of one period, metrics only, from a journal on disk:
 * results.million_cells_s. Every number is random in all its bits below the first few, which is
 * what compresses worst. Metrics of a real run are no harder.
 *
 *   PLATEAU_BENCH_QUICK set: 10^5 cells, the figure scaled up. */
#include "coordinator/export.h"
#include "proto/codec.h"
#include "proto/result.h"
#include "tests/lib/fake_cells.h"
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TILE_POINTS = 2048, ROWS_A_COMMIT = 8, MILLION = 1000000 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Of all threads: what two idle cores would share. */
static double cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static uint64_t next_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void axis_of(struct sweep_axis *axis, const char *label, uint32_t n, uint32_t dimension,
                    bool entry_side)
{
    char *texts = malloc(8 * (size_t)n + 1), *at = texts;
    for (uint32_t l = 0; l < n; l++)
        at += sprintf(at, "%s%u", l ? " " : "", l + 1);
    *axis = fake_axis(label, texts, SWEEP_LINEAR, dimension, entry_side);
    free(texts);
}

/* Points a x b x c x d; an entry-side axis in the middle, so that tile order is not the file's. */
static enum err make_job(struct job *job, uint32_t n_points, struct err_note *note)
{
    struct sweep_axis axes[4];
    axis_of(&axes[0], "a", n_points / 10000, 0, false);
    axis_of(&axes[1], "b", 20, 1, true);
    axis_of(&axes[2], "c", 25, 2, false);
    axis_of(&axes[3], "d", 20, 3, false);
    enum err err = fake_job(job, axes, 4, NULL, 0, TILE_POINTS, note);
    job->n_periods = 1;
    job->n_scenarios = 1;
    job->n_blocks = 0;
    job->folds = (struct folds){.n_days = 0};
    return err;
}

static enum err write_journal(struct run_dir *run, struct err_note *note)
{
    struct journal *journal = NULL;
    enum err err = journal_open(&journal, run->path, &run->job, false, note);
    uint64_t n_tiles = job_n_tiles(&run->job), random = 1;
    struct codec_writer w[ROWS_A_COMMIT] = {0};
    for (uint64_t tile = 0; tile < n_tiles && !err;) {
        struct journal_row rows[ROWS_A_COMMIT] = {0};
        size_t n = 0;
        for (; n < ROWS_A_COMMIT && tile < n_tiles; n++, tile++) {
            uint64_t first;
            uint32_t count;
            job_tile_span(&run->job, tile, &first, &count);
            w[n].length = 0;
            for (uint32_t i = 0; i < count; i++) {
                double metrics[N_METRICS];
                const uint16_t flags = 0;
                for (int m = 0; m < N_METRICS; m++)
                    metrics[m] = 0.5 + (double)(next_random(&random) >> 11) * 0x1p-54;
                result_put_ok(&w[n], 1, &flags, N_METRICS, metrics, 0, NULL, NULL);
            }
            rows[n] = (struct journal_row){.tile = tile,
                                           .epoch = 1,
                                           .worker = "bench",
                                           .bytes = w[n].bytes,
                                           .length = w[n].length};
        }
        err = journal_commit(journal, rows, n, note);
    }
    for (int i = 0; i < ROWS_A_COMMIT; i++)
        free(w[i].bytes);
    journal_close(&journal);
    return err;
}

static int measure(struct run_dir *run, uint32_t n_points, struct err_note *note)
{
    char path[4200];
    struct stat st;
    snprintf(path, sizeof path, "%s/results.h5", run->path);
    enum err err = write_journal(run, note);
    double best = INFINITY, best_cpu = INFINITY, scale = (double)MILLION / n_points;
    for (int i = 0; i < 2 && !err; i++) {
        double start = now_s(), start_cpu = cpu_s();
        err = export_h5(run, path, false, note);
        best = fmin(best, now_s() - start);
        best_cpu = fmin(best_cpu, cpu_s() - start_cpu);
    }
    if (err || stat(path, &st) != 0) {
        fprintf(stderr, "bench_results: %s\n", note->text);
        return 3;
    }
    printf("results.million_cells_s\t%.2f\ts\n", best * scale);
    printf("results.million_cells_cpu_s\t%.2f\ts\n", best_cpu * scale);
    printf("results.million_cells_mb\t%.0f\tMB\n", (double)st.st_size * scale / 1e6);
    return 0;
}

int main(void)
{
    struct run_dir run = {.id = "bench", .created = "", .build = ""};
    struct err_note note = {""};
    const char *quick = getenv("PLATEAU_BENCH_QUICK"), *base = getenv("TMPDIR");
    uint32_t n_points = quick && *quick ? MILLION / 10 : MILLION;
    snprintf(run.path, sizeof run.path, "%s/plateau-bench-results-XXXXXX",
             base && *base ? base : "/var/tmp");
    if (!mkdtemp(run.path) || make_job(&run.job, n_points, &note) != OK) {
        fprintf(stderr, "bench_results: cannot begin in %s: %s\n", run.path, note.text);
        return 3;
    }
    int code = measure(&run, n_points, &note);
    const char *const files[] = {"results.h5", JOURNAL_FILE, JOURNAL_FILE "-wal",
                                 JOURNAL_FILE "-shm"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", run.path, files[i]);
        unlink(path);
    }
    rmdir(run.path);
    job_free(&run.job);
    return code;
}
