/* Memory of a worker on a real sweep: image (shared) + cache limit + 64 MB, flat over the run: the
 * mean of the second half against that of the first after warming up, since a peak is a matter of
 * when one looks.
 * Prints name, value, unit; exits with 1 if it is more, or grows.
 *
 *   PLATEAU_BENCH_QUICK set: 3,600 cells; else 100,800. */
#include "coordinator/run.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CACHE_MB = 64, ROOM_MB = 64, GROWTH_MB = 4 };
#define MB 1e6

static const char SWEEP[] =
    "run: {name: worker-memory, seed: 42}\n"
    "data: {prices: data/sp500/sp500_2013_2018.csv.zst, benchmark: data/benchmarks/SPY.csv}\n"
    "portfolio: {starting_equity: 100000, periods_per_year: 252}\n"
    "sleeves:\n  equity: {strategy: configs/strategies/equity_momentum.yaml}\n"
    "periods:\n  train: {start: 2013-02-08, end: 2018-02-07}\n"
    "axes:\n"
    "  sleeves.equity.exit.hard_stop_atr_mult: {range: [2.0, 4.0], step: 0.25}\n"
    "  sleeves.equity.exit.exit_ma: [20, 30, 50, 100]\n"
    "  sleeves.equity.entry.fast_clearance: {range: [0.000, 0.019], step: 0.001}\n"
    "  sleeves.equity.risk.risk_per_trade: {range: [0.0010, %s], step: 0.0001}\n";

struct watch {     /* of the one worker */
    double peak;   /* bytes resident */
    double sum[2]; /* of each half, less the first tenth of the run */
    unsigned n[2];
};

static double field_of(const char *path, const char *format)
{
    char line[200];
    double kib = 0;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, format, &kib) == 1)
            break;
    if (file)
        fclose(file);
    return 1024 * kib;
}

static void look(void *ctx, const struct run_progress *progress)
{
    struct watch *watch = ctx;
    char path[64];
    long child = 0;
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *file = fopen(path, "re");
    if (!file || fscanf(file, "%ld", &child) != 1)
        child = 0;
    if (file)
        fclose(file);
    snprintf(path, sizeof path, "/proc/%ld/status", child);
    double resident = child ? field_of(path, "VmRSS: %lf") : 0;
    if (resident > watch->peak)
        watch->peak = resident;
    if (!child || progress->cells_done * 10 <= progress->n_cells)
        return;
    unsigned half = progress->cells_done * 2 > progress->n_cells;
    watch->sum[half] += resident;
    watch->n[half]++;
}

static double growth_of(const struct watch *watch)
{
    return watch->n[0] && watch->n[1] ? watch->sum[1] / watch->n[1] - watch->sum[0] / watch->n[0]
                                      : 0;
}

static int fail(const struct err_note *note)
{
    fprintf(stderr, "bench_worker: %s\n", note->text);
    return 3;
}

static enum err make_run(struct run_dir *run, const char *folder, const char *last_risk,
                         double *image_bytes, struct err_note *note)
{
    char path[200];
    struct spec spec;
    struct market_image image;
    bool existed;
    snprintf(path, sizeof path, "%s/sweep.yaml", folder);
    FILE *file = fopen(path, "we");
    if (!file)
        return err_set(note, ERR_IO, "%s: cannot write", path);
    fprintf(file, SWEEP, last_risk);
    fclose(file);
    enum err err = spec_load(&spec, path, NULL, note);
    if (err)
        return err;
    err = market_open_cached(folder, spec.sources, spec.job.n_sleeves, spec.max_daily_move, &image,
                             note);
    if (!err) {
        *image_bytes = (double)image.length;
        err = spec_bind_image(&spec, &image, note);
        spec.job.tile_points = 64;
        if (!err)
            err = run_dir_create(run, folder, &spec, &existed, note);
        market_image_free(&image);
    }
    spec_free(&spec);
    return err;
}

int main(void)
{
    bool quick = getenv("PLATEAU_BENCH_QUICK") && *getenv("PLATEAU_BENCH_QUICK");
    char folder[] = "/tmp/plateau-bench-XXXXXX", command[100];
    struct err_note note = {""};
    struct run_dir run;
    struct run_progress progress;
    struct watch watch = {0};
    double image_bytes = 0;
    if (!mkdtemp(folder) ||
        make_run(&run, folder, quick ? "0.0014" : "0.0149", &image_bytes, &note))
        return fail(&note);
    struct run_options options = {.n_workers = 1,
                                  .cache_dir = folder,
                                  .worker_cache_bytes = (size_t)CACHE_MB << 20,
                                  .on_progress = look,
                                  .ctx = &watch};
    if (run_execute(&run, &options, &progress, &note))
        return fail(&note);
    run_dir_free(&run);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command))
        return 3;
    double growth = growth_of(&watch), over = watch.peak - image_bytes,
           limit = CACHE_MB * 1048576.0 + ROOM_MB * MB;
    printf("worker.image_mb\t%.6g\tMB\n", image_bytes / MB);
    printf("worker.cache_limit_mb\t%.6g\tMB\n", CACHE_MB * 1048576.0 / MB);
    printf("worker.rss_over_image_mb\t%.6g\tMB\n", over / MB);
    printf("worker.rss_growth_mb\t%.6g\tMB\n", growth / MB);
    printf("worker.cells_per_s\t%.6g\tcells/s\n", progress.cells_per_s);
    if (over <= limit && (quick || growth <= GROWTH_MB * MB))
        return 0;
    fprintf(stderr, "bench_worker: more than image + cache limit + %d MB, or it grows\n", ROOM_MB);
    return 1;
}
