/* launch - starts workers through the engine that is there: Slurm, ssh or compose. What is sent is
 * composed here as text, shown by --dry-run, and handed to the engine's own program. */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H
#include "cli/cli.h"

struct launch {
    const char *access;  /* the file the workers join with */
    const char *program; /* plateau-worker (Slurm), plateau (ssh), as the other machine calls it */
    const char *log_dir, *partition, *account, *ssh, *compose_file;
    struct cli_list extra, hosts;           /* sbatch's own arguments; hosts of ssh */
    uint64_t workers, slots;                /* slots 0: one per CPU of the machine */
    int64_t time_limit_ms, idle_timeout_ms; /* 0: none */
    bool dry_run;
};
/* Each returns an exit code. */
int launch_slurm(const struct launch *launch);
int launch_ssh(const struct launch *launch);
int launch_compose(const struct launch *launch);

/* ---- shared ---- */

struct launch_text { /* grows; the caller frees bytes */
    char *bytes;
    size_t length;
    FILE *stream;
};
enum err launch_text_open(struct launch_text *text);
enum err launch_text_close(struct launch_text *text); /* ERR_NOMEM */
/* A word the shell reads as it is. */
void launch_quote(FILE *out, const char *word);
/* The options every worker gets but the first: --slots, --time-limit, --idle-timeout. slots: a word
 * of the shell, or NULL to use launch->slots. */
void launch_worker_options(FILE *out, const struct launch *launch, const char *slots);
/* Runs argv (found on PATH) with the file `input` on its standard input; output[size] gets what it
 * printed, as far as it fits. ERR_NOT_FOUND: no such program; ERR_NET: it failed, with its words in
 * note. */
enum err launch_call(const char *const *argv, const char *input, char *output, size_t size,
                     struct err_note *note);
#endif
