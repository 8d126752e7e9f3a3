#include "cli/execute.h"
#include "cli/counts.h"
#include "cli/hint.h"
#include "cli/outcome.h"
#include "cli/progress.h"
#include "cli/review_record.h"
#include "cli/run_image.h"
#include "coordinator/tried.h"
#include "market/market.h"
#include <stdlib.h>
#include <string.h>

enum { WORKERS_MAX = 1024 };

static struct progress_state state_of(const struct run_progress *p)
{
    return (struct progress_state){.done = p->cells_done,
                                   .total = p->n_cells,
                                   .failed = p->cells_failed,
                                   .rate = p->cells_per_s,
                                   .eta_s = p->eta_s,
                                   .elapsed_s = p->elapsed_s,
                                   .n_workers = p->n_workers};
}

struct display {
    struct progress progress;
    bool told; /* that the first Ctrl-C was heard */
};

static void on_progress(void *ctx, const struct run_progress *p)
{
    struct display *display = ctx;
    const struct progress_state state = state_of(p);
    if (cli_stop && !display->told) {
        display->told = true;
        progress_end(&display->progress, &state);
        cli_say("stopping: finishing and saving what is under way; again stops now");
    }
    progress_show(&display->progress, &state);
}

/* Before the bar's first line or between two of its states; a warning is told in any case. */
void execute_tell(void *ctx, const char *line)
{
    (void)ctx;
    if (strncmp(line, "warning", strlen("warning")) == 0)
        fprintf(stderr, "plateau: %s\n", line);
    else
        cli_say("%s", line);
}

static int interrupted(const struct run_dir *run, const struct run_progress *p,
                       const struct err_note *how)
{
    char done[32], total[32];
    progress_count(done, sizeof done, p->cells_done);
    progress_count(total, sizeof total, p->n_cells);
    fprintf(stderr, "plateau: %s; %s of %s cells are saved\n  resume: plateau resume %s\n",
            strncmp(how->text, "cancelled", 9) == 0 ? how->text : "stopped", done, total,
            hint_run(run->id));
    return cli_signal_exit() ? cli_signal_exit() : CLI_INTERRUPTED;
}

/* The results stand: a third worker decided, or the cells say that none did. */
static int tell_disputes(const struct run_dir *run, const struct run_progress *done)
{
    fprintf(stderr,
            "plateau: %llu tile%s gave different bits on two workers: memory, CPU or build differ "
            "between them; a third worker decided, or the cells are disputed; all results are kept "
            "in %s/" JOURNAL_FILE "\n  next: find the worker that is wrong (its name is above and "
            "in the log), then plateau retry %s --disputed\n",
            (unsigned long long)done->disputes, done->disputes == 1 ? "" : "s", run->path,
            hint_run(run->id));
    return CLI_DIFFERENCE;
}

/* A sample leaves tiles missing: the file says so cell by cell, and nothing is judged. What cannot
 * be judged is a run all the same: v->report.run is NULL then, and why may say the reason. */
static enum err export_results(struct reviewing *v, const struct run_dir *run,
                               const struct execute_options *options, const char *path,
                               struct err_note *why, struct err_note *note)
{
    struct run_counts counts;
    enum err err = run_count(&counts, run, note);
    if (err)
        return err;
    bool partial = counts.tiles_done < counts.n_tiles;
    const struct reviewing_options how = {
        .runs = run->path, .ledger = options->ledger, .no_ledger = options->no_ledger};
    if (partial)
        err_set(why, OK, "a sample was computed; plateau resume %s computes the rest",
                hint_run(run->id));
    else if (!options->quiet && !run->job.null_row_bytes &&
             review_record_judge(v, run, &how, path, why) == OK)
        return OK;
    v->report.run = NULL;
    return review_record_export(run, path, partial, note);
}

/* Every point that was computed is a trial, also of a run that was stopped or is deleted later.
 * Without the ledger the run is as good; what is lost is the count. */
static void record_trials(const struct run_dir *run, const struct execute_options *options)
{
    struct ledger *ledger = NULL;
    struct err_note note = {""};
    if (options->no_ledger || run->job.null_row_bytes)
        return;
    enum err err = ledger_open(&ledger, options->ledger, &note);
    if (!err)
        err = tried_record(run, ledger, NULL, &note);
    ledger_close(&ledger);
    if (err)
        fprintf(stderr, "plateau: warning: this run's points are not in the trial ledger: %s\n",
                note.text[0] ? note.text : err_text(err));
}

static enum err open_outside(struct outside *out, const struct run_dir *run,
                             const struct execute_options *options, struct err_note *note)
{
    char path[4200];
    struct outside_options how = options->outside;
    snprintf(path, sizeof path, "%s/" LOG_FILE, run->path);
    if (!how.log)
        how.log = path;
    how.log_level = (enum log_level)options->log_level;
    enum err err = outside_open(out, &how, note);
    if (!err && out->http)
        cli_say("metrics: %s/metrics", http_url(out->http));
    return err;
}

static enum err tell_results(const struct run_dir *run, const struct run_progress *done,
                             const struct execute_options *options, struct err_note *note)
{
    char path[sizeof run->path + sizeof "/results.h5"];
    struct err_note why = {""};
    struct reviewing *v = calloc(1, sizeof *v);
    if (!v)
        return ERR_NOMEM;
    snprintf(path, sizeof path, "%s/results.h5", run->path);
    enum err err = export_results(v, run, options, path, &why, note);
    if (!err) {
        const struct outcome_files files = {.results = path,
                                            .review = v->report.run ? &v->report : NULL,
                                            .no_review = why.text[0] ? why.text : NULL};
        signal(SIGPIPE, SIG_DFL); /* all is saved: a reader who has seen enough ends this quietly */
        err = outcome_tell(run, done, &files, stdout, note);
    }
    reviewing_end(v);
    free(v);
    return err;
}

/* What the sockets would refuse later, when a run is made already. */
static int check_sockets(const struct execute_options *options)
{
    const struct listen_options *listen = &options->listen;
    struct err_note note = {""};
    enum err err = OK;
    if (!listen->endpoint &&
        (listen->keys || listen->insecure || listen->image_port || listen->image_bytes_per_s))
        return cli_usage(NULL, "--keys, --insecure, --image-port and --image-rate are about "
                               "--listen, which is not given");
    if (listen->image_port > UINT16_MAX)
        return cli_usage(NULL, "--image-port: found %llu, expected a port from 1 to 65535",
                         (unsigned long long)listen->image_port);
    if (listen->endpoint)
        err = listen_check(listen->endpoint, &note);
    if (!err && options->outside.http)
        err = http_check_address(options->outside.http, &note);
    return err ? cli_fail(err, &note, NULL) : 0;
}

int execute_check(const struct execute_options *options, uint32_t *n_workers)
{
    const char *text = options->workers;
    char *end = NULL;
    unsigned long n = 0;
    if (text && strcmp(text, "none") != 0) {
        n = strtoul(text, &end, 10);
        if (*text < '0' || *text > '9' || *end || n > WORKERS_MAX)
            return cli_usage(NULL, "--workers: found \"%s\", expected a number up to %d, or none",
                             text, WORKERS_MAX);
    }
    *n_workers = !text ? 0 : n ? (uint32_t)n : RUN_NO_WORKERS;
    if (*n_workers == RUN_NO_WORKERS && !options->listen.endpoint)
        return cli_usage("--listen tcp://HOST:PORT lets workers join from elsewhere",
                         "--workers %s: nobody would compute", text);
    if (options->cache_mb == 0)
        return cli_usage(NULL, "--cache-mb: found 0, expected 1 or more");
    struct run_limits limits;
    int code = limits_read(&options->limits, &limits);
    return code ? code : check_sockets(options);
}

int execute_run(const struct run_dir *run, const struct execute_options *options,
                uint32_t n_workers)
{
    struct err_note note = {""};
    struct display display = {.told = false};
    struct run_progress done;
    struct run_limits limits;
    hint_set_run(run->id);
    int code = limits_read(&options->limits, &limits);
    if (code)
        return code;
    struct outside outside;
    enum err err = open_outside(&outside, run, options, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    char *cache = market_default_cache_dir();
    const struct run_options how = {.n_workers = n_workers,
                                    .cache_dir = cache,
                                    .worker_cache_bytes = (size_t)options->cache_mb << 20,
                                    .on_progress = on_progress,
                                    .on_event = execute_tell,
                                    .listen = options->listen,
                                    .ctx = &display,
                                    .outside = &outside,
                                    .limits = limits,
                                    .stop = &cli_stop};
    memset(&done, 0, sizeof done);
    progress_init(&display.progress, stderr, cli_terminal_columns(stderr), options->quiet);
    cli_catch_signals();
    struct market_image image; /* workers find it in the cache by its hash */
    err = cache ? run_image_open(&image, run, &note) : ERR_NOMEM;
    if (!err) {
        err = run_execute(run, &how, &done, &note);
        market_image_free(&image);
    }
    outside_close(&outside);
    free(cache);
    const struct progress_state state = state_of(&done);
    progress_end(&display.progress, &state);
    if (!err || err == ERR_INTERRUPTED || err == ERR_FAILS)
        record_trials(run, options);
    if (err == ERR_INTERRUPTED)
        return interrupted(run, &done, &note);
    if (err == ERR_FAILS)
        return cli_fail(err, &note,
                        "plateau cells RUN --where \"status = 'failed'\" lists them; plateau "
                        "resume RUN goes on, "
                        "with another --max-fails or without");
    if (err)
        return cli_fail(err, &note, NULL);
    err = tell_results(run, &done, options, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    if (done.disputes)
        return tell_disputes(run, &done);
    return done.cells_failed ? CLI_CELLS_FAILED : CLI_OK;
}
