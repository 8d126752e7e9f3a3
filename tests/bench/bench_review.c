/* The review of a grid of 10^6 points read from its journal: two periods, a cost scenario, 16
 * blocks, the folds of the shipped sweep; everything but what needs the engine. Writes 2 GB.
 *
 *   review.million_read_s      the pass over the journal, picks of the folds among it
 *   review.million_surface_s   robust pick, plateau, Sobol, agreement, stress, CSCV
 *   review.million_maps_s      the three stability maps
 *   review.million_rss_mb      at most, of all of it
 *   .._cpu_s                   the same of all threads: what idle cores would share
 *
 *   PLATEAU_BENCH_QUICK set: 10^5 points, seconds scaled up. */
#include "coordinator/review_data.h"
#include "engine/philox.h"
#include "proto/codec.h"
#include "review/review.h"
#include "review/stability_map.h"
#include "tests/lib/fake_cells.h"
#include <math.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TILE_POINTS = 512, ROWS_A_COMMIT = 16, MILLION = 1000000, LEVELS = 10 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

struct moment {
    double wall, cpu;
};
static struct moment now(void)
{
    return (struct moment){now_s(), cpu_s()};
}

static void tell(const char *name, struct moment begin, struct moment end, double scale)
{
    printf("review.million_%s_s\t%.2f\ts\n", name, (end.wall - begin.wall) * scale);
    printf("review.million_%s_cpu_s\t%.2f\ts\n", name, (end.cpu - begin.cpu) * scale);
}

/* n_points / 10^5 x 10 x 10 x 10 x 10 x 10 */
static enum err make_job(struct job *job, uint32_t n_points, struct err_note *note)
{
    struct sweep_axis axes[6];
    const char *const labels[] = {"a", "b", "c", "d", "e", "f"};
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t n = i ? LEVELS : n_points / (MILLION / LEVELS);
        axes[i] =
            fake_axis(labels[i], n > 1 ? "1 2 3 4 5 6 7 8 9 10" : "1", SWEEP_LINEAR, i, i == 2);
    }
    enum err err = fake_job(job, axes, 6, NULL, 0, TILE_POINTS, note);
    job->n_blocks = 16;
    job->scenarios[1].flash_crash = false;
    job->scenarios[1].slippage_multiplier = 2;
    job->folds = (struct folds){.walk = {.train = 252, .test = 63, .step = 63},
                                .cpcv = {.groups = 6, .test = 2, .purge = 20, .embargo = 5},
                                .n_days = 979};
    return err;
}

/* A hill along every axis under noise of its own: neighbours are alike, and no sum is like another.
 */
static void put_point(struct codec_writer *w, const struct job *job, uint64_t point)
{
    uint32_t n_segments = job_n_segments(job);
    double metrics[2][N_METRICS], height = 0;
    const uint16_t flags[2] = {0, 0};
    for (uint64_t rest = point; rest; rest /= LEVELS)
        height += 0.1 - 0.01 * fabs((double)(rest % LEVELS) - 4.5);
    for (uint32_t s = 0; s < 2; s++) {
        uint32_t x[4];
        philox_seeded(7, (const uint32_t[4]){(uint32_t)point, s, 0, 0}, x);
        for (uint32_t m = 0; m < N_METRICS; m++)
            metrics[0][m] = metrics[1][m] = height - 0.1 * s + 0.3 * philox_unit(x[m % 4]);
        metrics[0][METRIC_n] = 727;
        metrics[1][METRIC_n] = 252;
        result_put_ok(w, 2, flags, N_METRICS, metrics[0], 0, NULL, NULL);
        for (uint32_t k = 0; s == 0 && k < 2 * (16 + n_segments); k++)
            codec_f64(w, 1e-3 * (k % 5) + 1e-2 * philox_unit(x[k % 4] * (k + 1)));
    }
}

static enum err write_journal(struct run_dir *run, struct err_note *note)
{
    struct journal *journal = NULL;
    struct codec_writer w[ROWS_A_COMMIT] = {0};
    enum err err = journal_open(&journal, run->path, &run->job, false, note);
    uint64_t n_tiles = job_n_tiles(&run->job);
    for (uint64_t tile = 0; tile < n_tiles && !err;) {
        struct journal_row rows[ROWS_A_COMMIT] = {0};
        size_t n = 0;
        for (; n < ROWS_A_COMMIT && tile < n_tiles; n++, tile++) {
            uint64_t first;
            uint32_t count;
            job_tile_span(&run->job, tile, &first, &count);
            w[n].length = 0;
            for (uint32_t i = 0; i < count; i++)
                put_point(&w[n], &run->job, sweep_point_of_ordinal(run->job.sweep, first + i));
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

static enum err measure(struct run_dir *run, double scale, struct err_note *note)
{
    struct review_data data;
    struct review *r = calloc(1, sizeof *r);
    struct stability_map map = {NULL, NULL, NULL};
    struct surface surface;
    struct moment at[4] = {now()};
    enum err err = review_data_read(&data, run, METRIC_sharpe, note);
    if (err || !r)
        return err ? err : ERR_NOMEM;
    at[1] = now();
    const struct review_input in = {.sweep = run->job.sweep,
                                    .periods_per_year = 252,
                                    .f = data.f,
                                    .n_stress = data.n_stress,
                                    .validation = data.validation,
                                    .sharpe = data.sharpe,
                                    .total_return = data.total_return,
                                    .eligible = data.eligible,
                                    .n_configs = data.n_configs,
                                    .n_blocks = data.n_blocks,
                                    .block_days = data.block_days,
                                    .sum = data.sum,
                                    .sumsq = data.sumsq,
                                    .ledger_factor = 1};
    err = review_choose(r, &in, REVIEW_NONE, note);
    if (!err)
        err = review_surface(r, &in);
    if (!err)
        err = review_folds(r, &in, data.folds);
    review_data_drop_sums(&data);
    at[2] = now();
    if (!err)
        err = grid_surface(run->job.sweep, data.f, &surface);
    if (!err)
        err = stability_map_make(&map, &surface, 0);
    at[3] = now();
    tell("read", at[0], at[1], scale);
    tell("surface", at[1], at[2], scale);
    tell("maps", at[2], at[3], scale);
    stability_map_free(&map);
    review_data_free(&data);
    review_free(r);
    free(r);
    return err;
}

int main(void)
{
    struct run_dir run = {.id = "bench", .created = "", .build = ""};
    struct err_note note = {""};
    const char *quick = getenv("PLATEAU_BENCH_QUICK"), *base = getenv("TMPDIR");
    uint32_t n_points = quick && *quick ? MILLION / 10 : MILLION;
    snprintf(run.path, sizeof run.path, "%s/plateau-bench-review-XXXXXX",
             base && *base ? base : "/var/tmp");
    enum err err = mkdtemp(run.path) ? make_job(&run.job, n_points, &note) : ERR_IO;
    if (!err)
        err = write_journal(&run, &note);
    if (!err)
        err = measure(&run, (double)MILLION / n_points, &note);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("review.million_rss_mb\t%.0f\tMB\n", (double)usage.ru_maxrss / 1024.0);
    const char *const files[] = {JOURNAL_FILE, JOURNAL_FILE "-wal", JOURNAL_FILE "-shm"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", run.path, files[i]);
        unlink(path);
    }
    rmdir(run.path);
    job_free(&run.job);
    if (err)
        fprintf(stderr, "bench_review: %s\n", note.text[0] ? note.text : err_text(err));
    return err ? 3 : 0;
}
