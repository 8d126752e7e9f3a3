/* launch - workers for a coordinator that listens: on a Slurm cluster, over ssh, as containers. */
#include "cli/launch.h"
#include "proto/access.h"
#include <string.h>

enum { WORKERS_MAX = 10000, SLOTS_MAX = 4096 };

static const struct engine {
    const char *name;
    bool needs_access;
    int (*call)(const struct launch *launch);
} engines[] = {
    {"slurm", true, launch_slurm}, {"ssh", true, launch_ssh}, {"compose", false, launch_compose}};
enum { N_ENGINES = sizeof engines / sizeof engines[0] };

/* The workers' own message would come from another machine, later. */
static int check(const struct launch *l, const struct engine *engine)
{
    struct err_note note = {""};
    struct access access;
    if (l->workers < 1 || l->workers > WORKERS_MAX)
        return cli_usage(NULL, "--workers: from 1 to %d are expected", WORKERS_MAX);
    if (l->slots > SLOTS_MAX)
        return cli_usage(NULL, "--slots: at most %d are expected", SLOTS_MAX);
    if (!engine->needs_access)
        return -1;
    if (!l->access)
        return cli_usage("plateau keygen worker NAME --address tcp://HOST:PORT writes one",
                         "launch %s: --access FILE is missing", engine->name);
    enum err err = access_load(&access, l->access, &note);
    access_wipe(&access, sizeof access);
    return err ? cli_fail(err, &note, NULL) : -1;
}

static int start(const struct launch *l, const char *name)
{
    const char *names[N_ENGINES];
    for (unsigned i = 0; i < N_ENGINES; i++) {
        names[i] = engines[i].name;
        if (strcmp(engines[i].name, name) != 0)
            continue;
        int code = check(l, &engines[i]);
        return code >= 0 ? code : engines[i].call(l);
    }
    const char *near = err_nearest(name, names, N_ENGINES);
    return cli_usage("plateau launch --help",
                     "unknown engine \"%s\", expected slurm, ssh or compose%s%s%s", name,
                     near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

int cli_launch(int argc, char **argv)
{
    struct launch l = {.workers = 1, .ssh = "ssh -o BatchMode=yes"};
    struct cli_args args;
    const struct cli_option options[] = {
        {"access", 0, CLI_TEXT, &l.access, "FILE", "slurm, ssh: the file the workers join with",
         NULL},
        {"workers", 'n', CLI_COUNT, &l.workers, "N",
         "slurm: machines; compose: containers (default: 1)", NULL},
        {"slots", 0, CLI_COUNT, &l.slots, "N",
         "slurm, ssh: processes of a worker (default: one per CPU)", NULL},
        {"time-limit", 0, CLI_DURATION, &l.time_limit_ms, "TIME",
         "slurm, ssh: workers leave after this, such as 4h", NULL},
        {"idle-timeout", 0, CLI_DURATION, &l.idle_timeout_ms, "TIME",
         "slurm, ssh: workers leave after so long without work", NULL},
        {"host", 0, CLI_LIST, &l.hosts, "HOST", "ssh: start a worker there (again for more)", NULL},
        {"ssh", 0, CLI_TEXT, &l.ssh, "COMMAND",
         "ssh: how to reach a host (default: ssh -o BatchMode=yes)", NULL},
        {"partition", 0, CLI_TEXT, &l.partition, "NAME", "slurm: partition", NULL},
        {"account", 0, CLI_TEXT, &l.account, "NAME", "slurm: account", NULL},
        {"sbatch", 0, CLI_LIST, &l.extra, "ARGUMENT",
         "slurm: an argument of sbatch (again for more)", NULL},
        {"log-dir", 0, CLI_TEXT, &l.log_dir, "DIR",
         "slurm: where the workers' logs go (default: here)", NULL},
        {"file", 'f', CLI_TEXT, &l.compose_file, "FILE",
         "compose: the file (default: docker-compose.yml)", NULL},
        {"program", 0, CLI_TEXT, &l.program, "PATH",
         "slurm, ssh: plateau on those machines (default: plateau)", NULL},
        {"dry-run", 0, CLI_FLAG, &l.dry_run, NULL, "show the script or command, start nothing",
         NULL},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    return code >= 0 ? code : start(&l, args.at[0]);
}
