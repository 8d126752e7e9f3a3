/* worker - join a coordinator elsewhere: becomes plateau-worker, the program beside this one, with
 * the same options. `worker drain` lets workers leave. */
#include "cli/cli.h"
#include "cli/operator.h"
#include "coordinator/children.h"
#include "market/market.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKER_ARGS_MAX = 32 };

/* The options as plateau-worker takes them; --cache is added where it is not given. */
static int become(const char *const *given, const char *cache)
{
    char program[PATH_MAX];
    struct err_note note = {""};
    const char *argv[WORKER_ARGS_MAX + 4] = {"plateau-worker", "--cache", cache};
    enum err err = children_find_program(program, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    for (unsigned n = 3; *given && n < WORKER_ARGS_MAX + 3; n++)
        argv[n] = *given++;
    execv(program, (char *const *)argv);
    err_set(&note, ERR_IO, "cannot start %s: %s", program, strerror(errno));
    return cli_fail(ERR_IO, &note, NULL);
}

/* drain NAME|all [RUN]: finish what you hold, and leave. */
static int drain(int argc, char **argv)
{
    struct operator op;
    struct err_note note = {""};
    struct cli_args args;
    json_t *reply = NULL;
    const char *runs = "runs";
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 2, 3, &args);
    if (code >= 0)
        return code;
    bool all = strcmp(args.at[1], "all") == 0;
    enum err err = operator_find(&op, runs, args.n > 2 ? args.at[2] : NULL, &note);
    json_t *request = json_pack("{s:s}", "do", "drain");
    if (request && !all)
        json_object_set_new(request, "name", json_string(args.at[1]));
    if (request && args.n > 2)
        json_object_set_new(request, "run", json_string(op.run));
    if (err)
        json_decref(request);
    else
        err = operator_ask(&op, request, &reply, &note);
    if (err)
        return cli_fail(err, &note,
                        "plateau watch --once --dir RUNS lists workers and their names");
    json_int_t n = json_integer_value(json_object_get(reply, "workers"));
    cli_say("%d worker%s to finish and leave", (int)n, n == 1 ? " is" : "s are");
    json_decref(reply);
    return CLI_OK;
}

int cli_worker(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "drain") == 0)
        return drain(argc, argv);
    if (argc < 2 || argc - 1 > WORKER_ARGS_MAX)
        return cli_usage("plateau worker --help", "--access FILE is missing");
    char *cache = market_default_cache_dir();
    if (!cache)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    int code = become((const char *const *)argv + 1, cache);
    free(cache);
    return code;
}
