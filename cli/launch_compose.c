/* Workers as containers of the compose file, by whichever compose is installed. */
#include "cli/launch.h"
#include <stdlib.h>
#include <string.h>

enum { ARGS_MAX = 16 };

static const char *const candidates[][3] = {
    {"docker", "compose", NULL}, {"docker-compose", NULL, NULL}, {"podman-compose", NULL, NULL}};
enum { N_CANDIDATES = sizeof candidates / sizeof candidates[0] };

static unsigned add_words(const char **argv, unsigned n, const char *const *words)
{
    while (*words)
        argv[n++] = *words++;
    return n;
}

static const char *const *installed(void)
{
    for (unsigned c = 0; c < N_CANDIDATES; c++) {
        static const char *const version[] = {"version", NULL};
        const char *argv[ARGS_MAX] = {NULL};
        char said[256];
        argv[add_words(argv, add_words(argv, 0, candidates[c]), version)] = NULL;
        if (launch_call(argv, "/dev/null", said, sizeof said, NULL) == OK)
            return candidates[c];
    }
    return NULL;
}

int launch_compose(const struct launch *l)
{
    const char *file = l->compose_file ? l->compose_file : "docker-compose.yml";
    char scale[64], said[1024];
    struct err_note note = {""};
    const char *argv[ARGS_MAX] = {NULL};
    const char *const *tool = installed();
    if (!tool && !l->dry_run) {
        err_set(&note, ERR_NOT_FOUND,
                "neither docker compose nor docker-compose nor podman-compose answers here");
        return cli_fail(ERR_NOT_FOUND, &note, "--dry-run shows the command");
    }
    snprintf(scale, sizeof scale, "worker=%llu", (unsigned long long)l->workers);
    const char *const words[] = {"-f",      file,  "up",     "-d", "--no-recreate",
                                 "--scale", scale, "worker", NULL};
    argv[add_words(argv, add_words(argv, 0, tool ? tool : candidates[0]), words)] = NULL;
    if (l->dry_run) {
        for (unsigned i = 0; argv[i]; i++) {
            fputs(i ? " " : "", stdout);
            launch_quote(stdout, argv[i]);
        }
        putchar('\n');
        return CLI_OK;
    }
    enum err err = launch_call(argv, "/dev/null", said, sizeof said, &note);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
