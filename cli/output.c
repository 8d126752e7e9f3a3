#include "cli/cli.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <unistd.h>

enum err cli_output_open(struct cli_output *out, const char *path, bool binary,
                         struct err_note *note)
{
    memset(out, 0, sizeof *out);
    if (!path || strcmp(path, "-") == 0) {
        if (binary && isatty(STDOUT_FILENO))
            return err_set(note, ERR_RANGE,
                           "binary output to a terminal: give a file with -o FILE or a pipe");
        out->file = stdout;
        return OK;
    }
    if (strlen(path) >= sizeof out->path)
        return err_set(note, ERR_RANGE, "%.100s...: file name too long", path);
    memcpy(out->path, path, strlen(path) + 1);
    snprintf(out->temporary, sizeof out->temporary, "%s.tmp.%ld", path, (long)getpid());
    out->file = fopen(out->temporary, "wbe");
    if (!out->file) {
        int error = errno;
        out->temporary[0] = '\0';
        return err_set(note, ERR_IO, "%s: cannot write: %s", path, strerror(error));
    }
    return OK;
}

static void sync_folder(const char *path)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    int fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd); /* a folder that cannot be synced still holds a whole file */
        close(fd);
    }
}

enum err cli_output_commit(struct cli_output *out, struct err_note *note)
{
    FILE *file = out->file;
    bool bad = fflush(file) != 0 || ferror(file);
    if (file == stdout) {
        out->file = NULL;
        return bad ? err_set(note, ERR_IO, "standard output: %s", strerror(errno)) : OK;
    }
    bad = bad || fsync(fileno(file)) != 0;
    int error = errno;
    bad = fclose(file) != 0 || bad;
    out->file = NULL;
    if (!bad && rename(out->temporary, out->path) == 0) {
        out->temporary[0] = '\0';
        sync_folder(out->path);
        return OK;
    }
    if (!bad)
        error = errno;
    cli_output_discard(out);
    return err_set(note, ERR_IO, "%s: cannot write: %s", out->path, strerror(error));
}

void cli_output_discard(struct cli_output *out)
{
    if (out->file && out->file != stdout)
        fclose(out->file);
    out->file = NULL;
    if (out->temporary[0])
        unlink(out->temporary);
    out->temporary[0] = '\0';
}
