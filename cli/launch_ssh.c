/* A worker on each host, started by ssh and left running there. The access file travels on ssh's
 * standard input, never on a command line. */
#include "cli/launch.h"
#include "cli/table.h"
#include "proto/access.h"
#include <stdlib.h>
#include <string.h>

enum { SSH_WORDS_MAX = 32 };

/* What the host's shell runs: keeps the access file, starts the worker in a session of its own. */
static void write_command(FILE *out, const struct launch *l, const char *name)
{
    fprintf(out,
            "umask 077; d=\"${XDG_CONFIG_HOME:-$HOME/.config}/plateau\"; mkdir -p \"$d\" && "
            "cat >\"$d/%s.access\" || exit; command -v ",
            name);
    launch_quote(out, l->program ? l->program : "plateau");
    fprintf(out, " >/dev/null || { echo \"");
    fprintf(out, "plateau is not on the PATH of this host: see --program\"; exit 127; }; nohup "
                 "setsid ");
    launch_quote(out, l->program ? l->program : "plateau");
    fprintf(out, " worker --access \"$d/%s.access\"", name);
    launch_worker_options(out, l, l->slots ? NULL : "\"$(nproc)\"");
    fprintf(out, " >>\"$d/%s.log\" 2>&1 </dev/null &\n", name);
}

/* --ssh "ssh -p 2222 -i key" as words, then the host and its command. */
static enum err fill_argv(const char **argv, char *words, const char *host, const char *command,
                          struct err_note *note)
{
    unsigned n = 0;
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (n == SSH_WORDS_MAX)
            return err_set(note, ERR_RANGE, "--ssh: more than %d words", SSH_WORDS_MAX);
        argv[n++] = word;
    }
    if (n == 0)
        return err_set(note, ERR_FORMAT, "--ssh: a command is expected, such as \"ssh -p 2222\"");
    argv[n++] = "--"; /* a host is never an option */
    argv[n++] = host;
    argv[n++] = command;
    argv[n] = NULL;
    return OK;
}

static enum err start_on(const struct launch *l, const char *host, const char *command,
                         struct err_note *note)
{
    const char *argv[SSH_WORDS_MAX + 4];
    char said[1024];
    char *words = strdup(l->ssh);
    enum err err = words ? fill_argv(argv, words, host, command, note) : ERR_NOMEM;
    if (!err)
        err = launch_call(argv, l->access, said, sizeof said, note);
    free(words);
    return err;
}

static int start_all(const struct launch *l, const char *command)
{
    static const char *const columns[] = {"host", "state", NULL};
    struct table *table = NULL;
    struct err_note note = {""};
    unsigned failed = 0;
    enum err err = table_new(&table, columns);
    for (unsigned h = 0; !err && h < l->hosts.n; h++) {
        bool ok = start_on(l, l->hosts.at[h], command, &note) == OK;
        note.text[strcspn(note.text, "\r\n")] = '\0';
        table_text(table, l->hosts.at[h]);
        table_text(table, ok ? "started" : note.text);
        failed += !ok;
    }
    if (!err)
        err = table_print(table, CLI_TABLE, stdout);
    table_free(&table);
    if (!err && failed)
        err = err_set(&note, ERR_NET, "no worker started on %u of %u hosts", failed, l->hosts.n);
    return err ? cli_fail(err, &note, "plateau launch ssh --dry-run shows the command") : CLI_OK;
}

int launch_ssh(const struct launch *l)
{
    struct launch_text command = {0};
    struct err_note note = {""};
    struct access access;
    int code = CLI_OK;
    if (l->hosts.n == 0)
        return cli_usage("plateau launch --help", "launch ssh: --host is missing");
    enum err err = access_load(&access, l->access, &note);
    if (!err)
        err = launch_text_open(&command);
    if (!err) {
        write_command(command.stream, l, access.name);
        err = launch_text_close(&command);
    }
    if (err)
        code = cli_fail(err, &note, NULL);
    else if (l->dry_run)
        for (unsigned h = 0; h < l->hosts.n; h++)
            printf("%s -- %s <%s: %s", l->ssh, l->hosts.at[h], l->access, command.bytes);
    else
        code = start_all(l, command.bytes);
    access_wipe(&access, sizeof access);
    free(command.bytes);
    return code;
}
