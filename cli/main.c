/* plateau - one program, one verb per file: see cli.h for the table. */
#include "cli/cli.h"
#include <locale.h>
#include <string.h>

enum { VERB_WIDTH = 9 };

static const struct verb {
    const char *name, *summary;
    int (*call)(int argc, char **argv);
} verbs[] = {
#define X(name, arguments, summary, example) {#name, summary, cli_##name},
    CLI_VERBS(X)
#undef X
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static int print_help(FILE *out)
{
    fprintf(out, "plateau - parameter sweeps of trading-strategy backtests\n\n"
                 "usage: plateau VERB [options]\n\n");
    for (int i = 0; i < N_VERBS; i++)
        fprintf(out, "  %-*s %s\n", VERB_WIDTH, verbs[i].name, verbs[i].summary);
    fprintf(out, "\n`plateau VERB --help` shows options and an example. Data goes to stdout, "
                 "progress and\nmessages to stderr. Exit codes: 0 ok, 1 some cells failed, 2 usage "
                 "or spec error,\n3 infrastructure, 4 gate failed, 5 difference found, 130 "
                 "interrupted with state "
                 "saved.\n\nfirst steps:\n  plateau init sweep.yaml\n  plateau plan sweep.yaml\n  "
                 "plateau run sweep.yaml\n  plateau heatmap sharpe\n");
    return CLI_OK;
}

int main(int argc, char **argv)
{
    /* Numbers stay in the C locale: a comma is never a decimal point. */
    setlocale(LC_CTYPE, "C.UTF-8");
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return print_help(stdout);
    if (strcmp(name, "--version") == 0) {
        static char version[] = "version";
        argv[1] = version;
        name = version;
    }
    const char *names[N_VERBS];
    for (int i = 0; i < N_VERBS; i++) {
        names[i] = verbs[i].name;
        if (strcmp(verbs[i].name, name) == 0)
            return verbs[i].call(argc - 1, argv + 1);
    }
    const char *near = err_nearest(name, names, N_VERBS);
    return cli_usage("plateau --help lists the verbs", "unknown verb \"%s\"%s%s%s", name,
                     near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}
