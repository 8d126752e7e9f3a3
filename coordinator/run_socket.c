#include "coordinator/run_socket.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "plateau-"

static const char *temporary_directory(void)
{
    const char *choices[] = {getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR")};
    struct stat st;
    for (unsigned i = 0; i < 2; i++)
        if (choices[i] && strlen(choices[i]) < 60 && stat(choices[i], &st) == 0 &&
            S_ISDIR(st.st_mode) && access(choices[i], W_OK) == 0)
            return choices[i];
    return "/tmp";
}

static void remove_folder(const char *folder)
{
    char path[120];
    snprintf(path, sizeof path, "%.99s/s", folder);
    unlink(path);
    rmdir(folder);
}

/* Only a folder of ours with nothing but a socket in it can be removed here: rmdir refuses all
 * others. */
static void remove_leftover(const char *record)
{
    char folder[100] = "";
    FILE *file = fopen(record, "re");
    if (!file)
        return;
    if (fgets(folder, sizeof folder, file))
        folder[strcspn(folder, "\n")] = 0;
    fclose(file);
    struct stat st;
    const char *slash = strrchr(folder, '/');
    if (slash && strncmp(slash + 1, PREFIX, strlen(PREFIX)) == 0 && lstat(folder, &st) == 0 &&
        S_ISDIR(st.st_mode) && st.st_uid == geteuid())
        remove_folder(folder);
    unlink(record);
}

enum err run_socket_open(struct run_socket *out, const struct run_dir *run, struct err_note *note)
{
    struct run_socket s;
    snprintf(s.record, sizeof s.record, "%s/socket", run->path);
    remove_leftover(s.record);
    snprintf(s.folder, sizeof s.folder, "%s/" PREFIX "XXXXXX", temporary_directory());
    if (!mkdtemp(s.folder))
        return err_set(note, ERR_IO, "%s: cannot make a folder for the workers' socket: %s",
                       s.folder, strerror(errno));
    snprintf(s.endpoint, sizeof s.endpoint, "ipc://%s/s", s.folder);
    FILE *file = fopen(s.record, "we");
    if (file)
        fprintf(file, "%s\n", s.folder);
    if (!file || fclose(file)) {
        enum err err = err_set(note, ERR_IO, "%s: cannot write: %s", s.record, strerror(errno));
        remove_folder(s.folder);
        return err;
    }
    *out = s;
    return OK;
}

void run_socket_close(struct run_socket *socket)
{
    if (!socket->folder[0])
        return;
    remove_folder(socket->folder);
    unlink(socket->record);
    socket->folder[0] = 0;
}
