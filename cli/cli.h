/* cli - what every verb of `plateau` shares: the verb table, options, messages, output files,
 * Ctrl-C.
 *
 * A verb is a file cli/NAME.c with int cli_NAME(int argc, char **argv) and a row of CLI_VERBS.
 * argv[0] is the verb's name, the return value the exit code. stdout is data; stderr is progress
 * and messages; every error ends with what to do next. Exit codes: 0 ok, 1 some cells failed, 2
 * usage or spec error (nothing started), 3 infrastructure, 4 gate failed, 5 difference found, 10
 * plan has work (--exit-code), 124 timeout, 130 and 143 interrupted with state saved. */
#ifndef CLI_CLI_H
#define CLI_CLI_H
#include "proto/err.h"
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cli_exit {
    CLI_OK = 0,
    CLI_CELLS_FAILED = 1,
    CLI_USAGE = 2,
    CLI_INFRASTRUCTURE = 3,
    CLI_GATE = 4,
    CLI_DIFFERENCE = 5,
    CLI_PLAN_HAS_WORK = 10,
    CLI_TIMEOUT = 124,
    CLI_INTERRUPTED = 130,
    CLI_TERMINATED = 143,
};

// clang-format off
#define CLI_VERBS(X, G) /* G(heading of what follows), X(name, arguments, one line, example without "plateau ") */ \
    G("Compute a sweep") \
    X(init,    "[FILE]",                 "write a commented starter sweep",                  "init sweep.yaml") \
    X(plan,    "SPEC",                   "count cells, estimate time and memory",            "plan configs/sp500_sensitivity.yaml") \
    X(data,    "check [SPEC]",           "load market data and report what was rejected",    "data check configs/sp500_sensitivity.yaml") \
    X(run,     "SPEC",                   "compute every cell of a sweep, or what is missing of it", "run configs/sp500_sensitivity.yaml --workers 2") \
    X(resume,  "[RUN]",                  "go on with a run that was stopped",                "resume last") \
    X(retry,   "[RUN]",                  "compute cells again that failed, crashed, timed out or are disputed", "retry last --crashed") \
    X(status,  "[RUN]",                  "how far a run is, and who holds it",               "status last --format json") \
    X(watch,   "[RUN]",                  "a run or a service as it goes: workers, rate, ETA, failures, heatmap", "watch last") \
    X(wait,    "[RUN]",                  "until a run ends; its exit code",                  "wait last --timeout 2h") \
    X(pause,   "RUN",                    "let a run rest; plateau resume lets it go on",     "pause last") \
    X(cancel,  "RUN",                    "end a run for a reason that stays with it",        "cancel last --reason 'wrong prices'") \
    G("Look at results") \
    X(report,  "[RUN]",                  "one HTML file with everything: verdict, explorer, curves", "report last -o report.html") \
    X(serve,   "[RUN|DIR|FILE.h5]",      "runs in a browser while they go: progress, workers, explorer", "serve runs") \
    X(heatmap, "METRIC [RUN]",           "draw a metric over two axes",                      "heatmap sharpe last --format png -o sharpe.png") \
    X(slice,   "METRIC [RUN]",           "draw a metric along every axis through one point", "slice sharpe last -o slice.png") \
    X(curve,   "[RUN]",                  "draw the equity and drawdown of one point",        "curve last --at 93 -o curve.svg") \
    X(monthly, "[RUN]",                  "the returns of one point month by month",          "monthly last --format csv") \
    X(scenarios, "METRIC [RUN]",         "draw a metric of one point under every scenario",  "scenarios sharpe last -o scenarios.pdf") \
    X(cells,   "[RUN]",                  "list, filter and sort cells",                      "cells last --where 'sharpe > 1' --sort sharpe --top 10") \
    X(show,    "CELL [RUN]",             "all numbers of one cell",                          "show 93 last") \
    X(explain, "CELL [RUN]",             "parameters, status, attempts and reasons of one cell", "explain 93 last") \
    X(replay,  "CELL [RUN]",             "recompute one cell, compare bits, write its trades and equity", "replay 93 last -o out") \
    G("Judge them") \
    X(review,  "[RUN]",                  "plateau or peak, skill or luck: judge the chosen cell", "review last --format json -o review.json") \
    X(periods, "[RUN]",                  "train, validation and holdout side by side, and the choice walked forward", "periods last --part windows --format csv -o windows.csv") \
    X(stress,  "[RUN]",                  "every scenario against the baseline: what is left, and how dear trading may get", "stress last --format csv -o stress.csv") \
    X(check,   "[RUN]",                  "judge a point against criteria: exit 4 on failure", "check last --criteria configs/gate.yaml --junit gate.xml") \
    G("Discipline") \
    X(prereg,  "RUN|SPEC",               "write down what a run will be before anybody sees it", "prereg sweep.yaml --criteria configs/gate.yaml -o prereg.yaml") \
    X(holdout, "[RUN]",                  "open the locked periods for one chosen point, once", "holdout last --point 93") \
    G("Exchange") \
    X(export,  "[RUN]",                  "write results as HDF5, CSV or JSON lines",         "export last --format csv -o cells.csv") \
    X(import,  "POINTS.csv",             "make a run of anybody's results, to be reviewed like any other", "import points.csv --returns returns.csv --name mine") \
    X(diff,    "RUN RUN",                "which cells of two runs differ, how much, and what could be why", "diff base-1a2b3c4d last --exit-code") \
    G("Service and cluster") \
    X(coordinator, "",                   "a service: computes every run it is given, side by side", "coordinator --workers 2 --listen tcp://0.0.0.0:5555") \
    X(submit,  "SPEC|RUN",               "give a sweep, or a run that is there, to the service", "submit configs/sp500_sensitivity.yaml --priority 20 --wait") \
    X(ls,      "",                       "the runs of a folder: state, priority, progress",  "ls --format json") \
    X(worker,  "--access FILE | drain NAME|all [RUN]", "compute for a coordinator elsewhere, or let workers leave", "worker --access site-a.access") \
    X(keygen,  "coordinator | worker NAME | list | revoke NAME", "keys: who may join a run over the network", "keygen worker site-a --address tcp://10.0.0.1:5555") \
    X(launch,  "slurm|ssh|compose",      "start workers on other machines",                  "launch slurm --access site-a.access --workers 4 --dry-run") \
    G("Look after it") \
    X(verify,  "[RUN]",                  "compute a sample of cells again and compare every bit", "verify last --sample 5% --seed 7") \
    X(fsck,    "[RUN]",                  "check a run's files: journal, holes, disputes, results.h5", "fsck last --repair") \
    X(gc,      "",                       "remove old runs and what the market cache no longer needs", "gc --older-than 30d --keep 5 --dry-run") \
    X(doctor,  "[RUN]",                  "check this machine: CPU, limits, clock, cache, disk, libraries", "doctor") \
    X(completion, "bash|zsh|fish",       "a completion script for a shell",                  "completion bash > ~/.local/share/bash-completion/completions/plateau") \
    X(version, "",                       "version, engine id and library versions",          "version")
// clang-format on

#define G(heading)
#define X(name, arguments, summary, example) int cli_##name(int argc, char **argv);
CLI_VERBS(X, G)
#undef X
#undef G

/* ---- options: one declarative table per verb ---- */

enum cli_kind {
    CLI_FLAG,     /* to: bool, set to true */
    CLI_TEXT,     /* to: const char *, borrowed from argv */
    CLI_LIST,     /* to: struct cli_list, may be given several times */
    CLI_COUNT,    /* to: uint64_t, a whole number, digits only */
    CLI_NUMBER,   /* to: double, a finite decimal number */
    CLI_SHARE,    /* to: double in (0, 1], "2%" or "0.02" */
    CLI_DURATION, /* to: int64_t, milliseconds, "90s", "2h" (proto/duration.h) */
    CLI_BYTES,    /* to: uint64_t, "500M", "2G" (proto/byte_size.h) */
    CLI_CHOICE,   /* to: int, index into choices */
};
#define CLI_LIST_MAX 64
struct cli_list { /* NULL-terminated */
    const char *at[CLI_LIST_MAX + 1];
    unsigned n;
};
struct cli_option {
    const char *name; /* without "--"; a table ends with name NULL */
    char letter;      /* short form, or 0 */
    enum cli_kind kind;
    void *to;
    const char *value;          /* word for the value in --help; NULL for flags */
    const char *text;           /* one line for --help */
    const char *const *choices; /* CLI_CHOICE: NULL-terminated */
};
#define CLI_OPTION_END                                                                             \
    {                                                                                              \
        NULL, 0, CLI_FLAG, NULL, NULL, NULL, NULL                                                  \
    }

/* Names of enum cli_format, for {"format", 0, CLI_CHOICE, &format, "FORM", "...", CLI_FORMATS}. */
enum cli_format { CLI_TABLE, CLI_JSON, CLI_CSV };
extern const char *const CLI_FORMATS[];

#define CLI_ARGS_MAX 8
struct cli_args { /* what is not an option, NULL-terminated */
    const char *at[CLI_ARGS_MAX + 1];
    int n;
};
/* Reads argv[1..]: options in any place, "--name value", "--name=value", "-o value", "--" ends
 * them. --help prints the verb's help. Returns -1: go on; otherwise the exit code to return at
 * once. */
int cli_parse(int argc, char **argv, const struct cli_option *options, int min_args, int max_args,
              struct cli_args *args);

/* ---- messages ---- */

/* "plateau: <line>" on stderr, then "  next: <next>" (NULL: a next step that fits the code). The
 * line is the note's, or the code's text if that is empty; note may be NULL. Returns the exit code
 * of err. */
int cli_fail(enum err err, const struct err_note *note, const char *next);
/* The next step of a verb that found no run to look at. */
#define CLI_NO_RUN                                                                                 \
    "plateau ls --dir RUNS lists the runs that are there; plateau run SPEC starts one"
/* A usage error found by the verb itself: the same, with exit code 2. */
int cli_usage(const char *next, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A message on stderr that is not an error; silent after cli_quiet(true). */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_quiet(bool quiet);

/* ---- output: -o FILE, or stdout ---- */

struct cli_output {
    FILE *file;
    char path[4096], temporary[4112]; /* "" for stdout */
};
/* path NULL or "-": stdout, refused for binary output to a terminal. A file is written beside and
 * renamed by cli_output_commit, so that it is whole or not there. */
enum err cli_output_open(struct cli_output *out, const char *path, bool binary,
                         struct err_note *note);
enum err cli_output_commit(struct cli_output *out,
                           struct err_note *note); /* flush, check, fsync, rename */
void cli_output_discard(struct cli_output *out);   /* harmless after commit */

/* ---- interruption ---- */

/* Ctrl-C or SIGTERM once: 1 (drain and save), twice: 2 (stop now). */
extern volatile sig_atomic_t cli_stop;
void cli_catch_signals(void);
/* 130 or 143 by the signal that came; 0 if none did. */
int cli_signal_exit(void);

/* Terminal columns of a stream; 0 if it is not a terminal. */
int cli_terminal_columns(FILE *stream);
#endif
