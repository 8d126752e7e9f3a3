/* execute - what `run` and `resume` share: compute what is missing, with progress and Ctrl-C;
 * export; tell what a reviewer looks for first. */
#ifndef CLI_EXECUTE_H
#define CLI_EXECUTE_H
#include "cli/cli.h"
#include "cli/limits.h"
#include "coordinator/outside.h"
#include "coordinator/run.h"

struct execute_options {
    const char *runs;               /* as given with --dir, for the resume line */
    const char *ledger;             /* NULL: the user's */
    struct outside_options outside; /* log NULL: RUN/log.jsonl */
    int log_level;                  /* enum log_level */
    const char *workers;            /* as given; NULL: one per core */
    struct listen_options listen;   /* for remote workers */
    uint64_t cache_mb;
    struct limits_options limits;
    bool quiet, no_ledger;
};
#define EXECUTE_DEFAULTS                                                                           \
    {                                                                                              \
        .runs = "runs", .cache_mb = 256, .quiet = false, .ledger = NULL, .no_ledger = false,       \
        .log_level = LOG_INFO                                                                      \
    }
// clang-format off
/* What a coordinator shows outside; every verb that is one takes these. */
#define OUTSIDE_OPTIONS(o, level)                                                                   \
    {"log", 0, CLI_TEXT, &(o).log, "FILE", "JSON lines of what happened (default: log.jsonl beside the run, or in RUNS/.service; -: stderr)", NULL}, \
    {"log-level", 0, CLI_CHOICE, &(level), "LEVEL", "how much is told (default: info)", LOG_LEVEL_NAME}, \
    {"http", 0, CLI_TEXT, &(o).http, "HOST:PORT", "serve /metrics, /healthz and /readyz there (port 0: any)", NULL}, \
    {"http-token", 0, CLI_TEXT, &(o).http_token, "FILE", "who asks must know this token; needed beyond loopback", NULL}, \
    {"http-anyone", 0, CLI_FLAG, &(o).http_anyone, NULL, "beyond loopback without a token", NULL}
// clang-format on
// clang-format off
/* What every process that has runs computed takes. */
#define SERVICE_OPTIONS(o)                                                                          \
    {"dir", 0, CLI_TEXT, &(o).runs, "RUNS", "folder of runs (default: runs)", NULL},                \
    {"workers", 'j', CLI_TEXT, &(o).workers, "N", "local workers, or none (default: one per core)", NULL}, \
    {"listen", 0, CLI_TEXT, &(o).listen.endpoint, "ENDPOINT", "take remote workers too, at tcp://HOST:PORT", NULL}, \
    {"keys", 0, CLI_TEXT, &(o).listen.keys, "DIR", "keys and allow-list for --listen (default: ~/.config/plateau/keys)", NULL}, \
    {"insecure", 0, CLI_FLAG, &(o).listen.insecure, NULL, "--listen without keys: anybody may join", NULL}, \
    {"image-rate", 0, CLI_BYTES, &(o).listen.image_bytes_per_s, "SIZE", "most a second that sending prices to remote workers may take", NULL}, \
    {"image-port", 0, CLI_COUNT, &(o).listen.image_port, "N", "port for that (default: the one after --listen's, or a free one where it is taken)", NULL}, \
    {"cache-mb", 0, CLI_COUNT, &(o).cache_mb, "MB", "cache limit of one worker (default: 256)", NULL}, \
    {"ledger", 0, CLI_TEXT, &(o).ledger, "FILE", "trial ledger (default: $PLATEAU_LEDGER, or the user's)", NULL}, \
    {"no-ledger", 0, CLI_FLAG, &(o).no_ledger, NULL, "do not count the points in the trial ledger", NULL}, \
    OUTSIDE_OPTIONS((o).outside, (o).log_level),                                                    \
    {"quiet", 'q', CLI_FLAG, &(o).quiet, NULL, "no progress, no messages", NULL}
/* And what a run in the foreground takes beside it. */
#define EXECUTE_OPTIONS(o)                                                                          \
    SERVICE_OPTIONS(o),                                                                             \
    LIMITS_OPTIONS((o).limits)
// clang-format on
/* What can be said of the options alone, for verbs to ask before they change anything: 0, or the
 * exit code of a refusal; *n_workers as struct run_options has it. */
int execute_check(const struct execute_options *options, uint32_t *n_workers);
/* struct run_options.on_event: a line for the user's eyes. */
void execute_tell(void *ctx, const char *line);
/* Options and n_workers as execute_check() found them. Returns the exit code. */
int execute_run(const struct run_dir *run, const struct execute_options *options,
                uint32_t n_workers);
#endif
