/* keygen - who may join a run over the network: keys made, listed, revoked. Secrets go to files
 * only. */
#include "cli/cli.h"
#include "cli/table.h"
#include "coordinator/keys.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct keygen {
    const char *keys, *address, *name;
    int format;
};

static int make_coordinator(const struct keygen *k)
{
    struct err_note note = {""};
    access_key public_key;
    enum err err = keys_make_coordinator(k->keys, public_key, &note);
    if (err)
        return cli_fail(err, &note,
                        err == ERR_EXISTS ? "plateau keygen worker NAME --address tcp://HOST:PORT"
                                          : NULL);
    cli_say("wrote %s/" KEYS_COORDINATOR_FILE " (public key %s)\n  next: plateau keygen worker "
            "NAME --address tcp://HOST:PORT",
            k->keys, public_key);
    return CLI_OK;
}

static int make_worker(const struct keygen *k)
{
    struct err_note note = {""};
    char path[PATH_MAX], next[160];
    if (!k->address)
        return cli_usage("the address the worker will connect to: --address tcp://HOST:PORT",
                         "keygen worker %s: --address is missing", k->name);
    enum err err = keys_make_worker(k->keys, k->name, k->address, path, sizeof path, &note);
    snprintf(next, sizeof next, "plateau keygen revoke %.40s takes the old key back", k->name);
    if (err)
        return cli_fail(err, &note, err == ERR_EXISTS ? next : NULL);
    cli_say("wrote %s: copy it to the worker's machine by a safe way\n  next: plateau worker "
            "--access %s.access, there",
            path, k->name);
    return CLI_OK;
}

static int list(const struct keygen *k)
{
    static const char *const columns[] = {"name", "state", "key", NULL};
    struct err_note note = {""};
    struct allow_list allowed = {0};
    struct table *table = NULL;
    enum err err = keys_load_allowed(&allowed, k->keys, &note);
    if (!err)
        err = table_new(&table, columns);
    for (size_t i = 0; !err && i < allowed.n; i++) {
        table_text(table, allowed.entries[i].name);
        table_text(table, allowed.entries[i].revoked ? "revoked" : "allowed");
        table_text(table, allowed.entries[i].key);
    }
    if (!err)
        err = table_print(table, (enum cli_format)k->format, stdout);
    table_free(&table);
    allow_free(&allowed);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}

static int revoke_name(const struct keygen *k)
{
    struct err_note note = {""};
    enum err err = keys_revoke(k->keys, k->name, &note);
    if (err)
        return cli_fail(err, &note, "plateau keygen list");
    cli_say("revoked every key of %s: a coordinator that runs cuts it off within seconds", k->name);
    return CLI_OK;
}

static const struct action {
    const char *name;
    bool takes_name;
    int (*call)(const struct keygen *k);
} actions[] = {{"coordinator", false, make_coordinator},
               {"worker", true, make_worker},
               {"list", false, list},
               {"revoke", true, revoke_name}};
enum { N_ACTIONS = sizeof actions / sizeof actions[0] };

static int act(struct keygen *k, const struct cli_args *args)
{
    const char *names[N_ACTIONS];
    for (unsigned i = 0; i < N_ACTIONS; i++) {
        const struct action *action = &actions[i];
        names[i] = action->name;
        if (strcmp(action->name, args->at[0]) != 0)
            continue;
        if (action->takes_name != (args->n == 2))
            return cli_usage("plateau keygen --help", "keygen %s: %s is expected after it",
                             action->name, action->takes_name ? "a NAME" : "nothing");
        if (k->address && action->call != make_worker)
            return cli_usage("plateau keygen --help", "--address belongs to keygen worker");
        k->name = args->at[1];
        return action->call(k);
    }
    const char *near = err_nearest(args->at[0], names, N_ACTIONS);
    return cli_usage("plateau keygen --help",
                     "unknown action \"%s\", expected coordinator, worker, list or revoke%s%s%s",
                     args->at[0], near ? " (did you mean " : "", near ? near : "",
                     near ? "?)" : "");
}

int cli_keygen(int argc, char **argv)
{
    struct keygen k = {.keys = NULL};
    struct cli_args args;
    const struct cli_option options[] = {
        {"keys", 0, CLI_TEXT, &k.keys, "DIR", "folder of keys (default: ~/.config/plateau/keys)",
         NULL},
        {"address", 0, CLI_TEXT, &k.address, "ADDRESS",
         "where the worker will find the coordinator: tcp://HOST:PORT", NULL},
        {"format", 0, CLI_CHOICE, &k.format, "FORM", "form of the list", CLI_FORMATS},
        CLI_OPTION_END};
    int code = cli_parse(argc, argv, options, 1, 2, &args);
    if (code >= 0)
        return code;
    char *folder = k.keys ? strdup(k.keys) : keys_default_folder();
    if (!folder)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    k.keys = folder;
    code = act(&k, &args);
    free(folder);
    return code;
}
