/* run_sweep SWEEP.yaml RUNS N_WORKERS [SAMPLE]: what `plateau run` does, without its export and
 * report; prints the run's folder. Ctrl-C once drains, twice stops. Exit: 0, the code of the error,
 * 130 when interrupted.
 * run_sweep --digest RUN: one line a point in tile order, its ordinal and the BLAKE2b of its cells:
 * equal runs print equal lines. */
#include "coordinator/run.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t stop;

static void on_signal(int signal_number)
{
    (void)signal_number;
    stop = stop + 1;
}

static int fail(enum err err, const struct err_note *note)
{
    fprintf(stderr, "run_sweep: %s\n", note->text[0] ? note->text : err_text(err));
    return err == ERR_INTERRUPTED ? 130 : err_exit_code(err);
}

/* Cell by cell, as the size of tiles is a measurement: no two runs need have the same. */
static enum err print_row(void *ctx, const struct journal_row *row)
{
    const struct job *job = ctx;
    struct result_reader reader;
    struct result_cell cell;
    uint64_t ordinal;
    uint32_t count;
    uint8_t hash[16];
    char hex[33];
    job_tile_span(job, row->tile, &ordinal, &count);
    result_reader_init(&reader, job, N_METRICS, count, row->bytes, row->length);
    for (;; ordinal++) {
        const uint8_t *start = reader.at;
        for (uint32_t s = 0; s < job->n_scenarios; s++) {
            enum err err = result_next(&reader, &cell);
            if (err)
                return err == ERR_EMPTY ? OK : err;
        }
        crypto_generichash(hash, sizeof hash, start, (size_t)(reader.at - start), NULL, 0);
        printf("%llu %s\n", (unsigned long long)ordinal,
               sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
    }
}

static int digest(const char *path)
{
    struct run_dir run;
    struct journal *journal = NULL;
    struct err_note note = {""};
    enum err err = run_dir_open(&run, "runs", path, &note);
    if (!err)
        err = journal_open(&journal, run.path, &run.job, true, &note);
    if (!err)
        err = journal_each(journal, print_row, &run.job, &note);
    if (err)
        return fail(err, &note);
    journal_close(&journal);
    run_dir_free(&run);
    return 0;
}

static enum err create(struct run_dir *run, const char *sweep, const char *runs, const char *cache,
                       struct err_note *note)
{
    struct spec spec;
    struct market_image image;
    bool existed;
    enum err err = spec_load(&spec, sweep, NULL, note);
    if (err)
        return err;
    err = market_open_cached(cache, spec.sources, spec.job.n_sleeves, spec.max_daily_move, &image,
                             note);
    if (!err) {
        err = spec_bind_image(&spec, &image, note);
        spec.job.tile_points = 0; /* to be measured */
        if (!err)
            err = run_dir_create(run, runs, &spec, &existed, note);
        market_image_free(&image);
    }
    spec_free(&spec);
    return err;
}

int main(int argc, char **argv)
{
    struct run_dir run;
    struct run_progress progress;
    struct err_note note = {""};
    struct sigaction action = {.sa_handler = on_signal};
    if (argc == 3 && strcmp(argv[1], "--digest") == 0)
        return digest(argv[2]);
    if (argc < 4) {
        fprintf(stderr, "usage: run_sweep SWEEP.yaml RUNS N_WORKERS [SAMPLE] | --digest RUN\n");
        return 2;
    }
    sigaction(SIGINT, &action, NULL);
    char *cache = market_default_cache_dir();
    enum err err = create(&run, argv[1], argv[2], cache, &note);
    if (err)
        return fail(err, &note);
    printf("%s\n", run.path);
    fflush(stdout);
    struct run_options options = {.n_workers = (uint32_t)atoi(argv[3]),
                                  .cache_dir = cache,
                                  .worker_cache_bytes = (size_t)64 << 20,
                                  .limits = {.sample = argc > 4 ? atof(argv[4]) : 1},
                                  .stop = &stop};
    err = run_execute(&run, &options, &progress, &note);
    fprintf(stderr, "%llu of %llu cells, %llu failed, %llu excluded, %.2f s\n",
            (unsigned long long)progress.cells_done, (unsigned long long)progress.n_cells,
            (unsigned long long)progress.cells_failed, (unsigned long long)progress.cells_excluded,
            progress.elapsed_s);
    run_dir_free(&run);
    free(cache);
    return err ? fail(err, &note) : 0;
}
