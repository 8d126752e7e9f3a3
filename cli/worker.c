/* worker - join a coordinator elsewhere: becomes plateau-worker, the program beside this one, with
 * the same options. */
#include "cli/cli.h"
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

int cli_worker(int argc, char **argv)
{
    if (argc < 2 || argc - 1 > WORKER_ARGS_MAX)
        return cli_usage("plateau worker --help", "--access FILE is missing");
    char *cache = market_default_cache_dir();
    if (!cache)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    int code = become((const char *const *)argv + 1, cache);
    free(cache);
    return code;
}
