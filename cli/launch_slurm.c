/* One pilot job per machine, as an array: a worker inside it takes tiles for as long as there are
 * any. A pilot holds nothing that is not acked or leased again, so it may be requeued at any time.
 */
#include "cli/launch.h"
#include "proto/access.h"
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Slurm sends SIGTERM so long before the end: a worker drains then. */
enum { SIGNAL_BEFORE_S = 60, MS_PER_MINUTE = 60000, ARGS_MAX = CLI_LIST_MAX + 8 };

static void directive(FILE *out, const char *name, const char *value)
{
    fprintf(out, "#SBATCH --%s=%s\n", name, value);
}

static void write_script(FILE *out, const struct launch *l, const char *access, const char *logs)
{
    fprintf(out, "#!/bin/bash\n");
    directive(out, "job-name", "plateau-worker");
    fprintf(out, "#SBATCH --array=1-%llu\n#SBATCH --nodes=1\n#SBATCH --ntasks=1\n",
            (unsigned long long)l->workers);
    if (l->slots)
        fprintf(out, "#SBATCH --cpus-per-task=%llu\n", (unsigned long long)l->slots);
    else
        fprintf(out, "#SBATCH --exclusive\n"); /* all of a machine */
    if (l->time_limit_ms) /* the worker leaves by itself before Slurm ends it */
        fprintf(out, "#SBATCH --time=%lld\n",
                (long long)(l->time_limit_ms + MS_PER_MINUTE - 1) / MS_PER_MINUTE + 1);
    if (l->partition)
        directive(out, "partition", l->partition);
    if (l->account)
        directive(out, "account", l->account);
    fprintf(out, "#SBATCH --requeue\n#SBATCH --open-mode=append\n#SBATCH --signal=B:TERM@%d\n",
            SIGNAL_BEFORE_S);
    fprintf(out, "#SBATCH --output=%s/plateau-worker-%%A_%%a.log\n", logs);
    /* exec: the signal reaches the worker itself. */
    fprintf(out, "exec ");
    launch_quote(out, l->program ? l->program : "plateau");
    fprintf(out, " worker --access ");
    launch_quote(out, access);
    launch_worker_options(out, l, l->slots ? NULL : "\"$SLURM_CPUS_ON_NODE\"");
    fprintf(out, "\n");
}

/* A directive is a line of text that Slurm splits itself: what would end or split it is refused. */
static bool fits_directive(const char *text)
{
    for (; text && *text; text++)
        if (isspace((unsigned char)*text) || iscntrl((unsigned char)*text) || *text == '"')
            return false;
    return true;
}

static enum err compose(struct launch_text *script, const struct launch *l, struct err_note *note)
{
    char access[PATH_MAX], logs[PATH_MAX];
    if (!realpath(l->access, access) || !realpath(l->log_dir ? l->log_dir : ".", logs))
        return err_set(note, ERR_NOT_FOUND, "%s: no such folder", l->log_dir ? l->log_dir : ".");
    if (!fits_directive(logs) || !fits_directive(l->partition) || !fits_directive(l->account))
        return err_set(note, ERR_FORMAT,
                       "--log-dir, --partition and --account: no blanks, quotes or control "
                       "characters, for Slurm reads them from one line");
    enum err err = launch_text_open(script);
    if (err)
        return err;
    write_script(script->stream, l, access, logs);
    return launch_text_close(script);
}

static enum err submit(const struct launch *l, const char *file, char *job, size_t size,
                       struct err_note *note)
{
    const char *argv[ARGS_MAX] = {"sbatch", "--parsable"};
    for (unsigned i = 0; i < l->extra.n; i++)
        argv[2 + i] = l->extra.at[i];
    enum err err = launch_call(argv, file, job, size, note);
    if (!err)
        job[strcspn(job, ";\n")] = '\0'; /* JOB[;CLUSTER] */
    return err;
}

/* sbatch reads the script from a file in memory, which the shell that starts it opens from the
 * beginning: nothing is left behind, and no folder for temporary files has to be there. */
static int submit_text(const struct launch *l, const struct launch_text *script)
{
    char file[40], job[1024];
    struct err_note note = {""};
    int fd = memfd_create("plateau-launch", 0); /* inherited */
    if (fd < 0)
        return cli_fail(ERR_IO, NULL, NULL);
    snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
    bool written = write(fd, script->bytes, script->length) == (ssize_t)script->length;
    enum err err = written ? submit(l, file, job, sizeof job, &note) : ERR_IO;
    close(fd);
    if (err)
        return cli_fail(err, &note, "plateau launch slurm --dry-run shows the script");
    printf("%s\n", job);
    cli_say("job %s: %llu worker%s; squeue -j %s shows them, scancel %s drains them", job,
            (unsigned long long)l->workers, l->workers == 1 ? "" : "s", job, job);
    return CLI_OK;
}

int launch_slurm(const struct launch *l)
{
    struct launch_text script = {0};
    struct err_note note = {""};
    enum err err = compose(&script, l, &note);
    int code = CLI_OK;
    if (err)
        code = cli_fail(err, &note, NULL);
    else if (l->dry_run)
        fputs(script.bytes, stdout);
    else
        code = submit_text(l, &script);
    free(script.bytes);
    return code;
}
