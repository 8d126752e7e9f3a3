/* plateau - one program, one verb per file: see cli.h for the table. */
#include "cli/cli.h"
#include "cli/help.h"
#include <locale.h>
#include <string.h>

static const struct verb {
    const char *name;
    int (*call)(int argc, char **argv);
} verbs[] = {
#define G(heading)
#define X(name, arguments, summary, example) {#name, cli_##name},
    CLI_VERBS(X, G)
#undef X
#undef G
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

int main(int argc, char **argv)
{
    /* Numbers stay in the C locale: a comma is never a decimal point. */
    setlocale(LC_CTYPE, "C.UTF-8");
    if (argc < 2) {
        help_program(HELP_TEXT, stderr);
        return CLI_USAGE;
    }
    const char *name = argv[1];
    enum help_form form;
    if (help_asked(name, &form) || strcmp(name, "help") == 0) {
        help_program(form, stdout);
        return CLI_OK;
    }
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
