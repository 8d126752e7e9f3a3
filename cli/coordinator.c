/* coordinator - a service that computes every run it is given: see coordinator/service.h. */
#include "cli/execute.h"
#include "cli/review_record.h"
#include "cli/run_image.h"
#include "coordinator/service.h"
#include <stdlib.h>

static enum err open_outside(struct outside *out, const struct execute_options *o,
                             struct err_note *note)
{
    char path[4200];
    struct outside_options how = o->outside;
    snprintf(path, sizeof path, "%s/" SERVICE_FOLDER "/" LOG_FILE, o->runs);
    if (!how.log)
        how.log = path;
    how.log_level = (enum log_level)o->log_level;
    enum err err = service_make_folder(o->runs, note);
    if (!err)
        err = outside_open(out, &how, note);
    if (!err && out->http)
        cli_say("metrics: %s/metrics", http_url(out->http));
    return err;
}

static int serve(const struct execute_options *o, uint32_t n_workers)
{
    struct err_note note = {""};
    struct outside outside;
    enum err err = open_outside(&outside, o, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    char *cache = market_default_cache_dir();
    const struct run_options run = {.n_workers = n_workers,
                                    .cache_dir = cache,
                                    .worker_cache_bytes = (size_t)o->cache_mb << 20,
                                    .on_event = execute_tell,
                                    .outside = &outside,
                                    .listen = o->listen,
                                    .stop = &cli_stop};
    const struct service_options service = {.runs = o->runs,
                                            .run = &run,
                                            .ledger = o->ledger,
                                            .no_ledger = o->no_ledger,
                                            .open_image = run_image_open,
                                            .export = review_record_export};
    cli_catch_signals();
    err = cache ? service_run(&service, &note) : ERR_NOMEM;
    outside_close(&outside);
    free(cache);
    if (err != ERR_INTERRUPTED)
        return cli_fail(err, &note, NULL);
    cli_say("%s; plateau coordinator goes on with it", note.text);
    return cli_signal_exit() ? cli_signal_exit() : CLI_INTERRUPTED;
}

int cli_coordinator(int argc, char **argv)
{
    struct execute_options o = EXECUTE_DEFAULTS;
    struct cli_args args;
    uint32_t n_workers = 0;
    const struct cli_option options[] = {SERVICE_OPTIONS(o), CLI_OPTION_END};
    int code = cli_parse(argc, argv, options, 0, 0, &args);
    if (code < 0)
        code = execute_check(&o, &n_workers);
    else
        return code;
    if (code)
        return code;
    cli_quiet(o.quiet);
    return serve(&o, n_workers);
}
