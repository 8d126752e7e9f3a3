#include "coordinator/run_socket.h"
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
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
    static const char *const SOCKETS[] = {"s", "c"};
    char path[120];
    for (unsigned i = 0; i < sizeof SOCKETS / sizeof *SOCKETS; i++) {
        snprintf(path, sizeof path, "%.99s/%s", folder, SOCKETS[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* Only a folder of ours with nothing but a socket in it can be removed here: rmdir refuses all
 * others. */
static bool read_record(const char *record, char folder[100])
{
    FILE *file = fopen(record, "re");
    struct stat st;
    folder[0] = 0;
    if (!file)
        return false;
    if (fgets(folder, 100, file))
        folder[strcspn(folder, "\n")] = 0;
    fclose(file);
    const char *slash = strrchr(folder, '/');
    return slash && strncmp(slash + 1, PREFIX, strlen(PREFIX)) == 0 && lstat(folder, &st) == 0 &&
           S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

void run_socket_sweep(const char *folder)
{
    char record[4096 + 16], socket[100];
    snprintf(record, sizeof record, "%s/socket", folder);
    if (read_record(record, socket))
        remove_folder(socket);
    unlink(record);
}

enum err run_socket_find(const char *folder, char *control, size_t size, struct err_note *note)
{
    char record[4096 + 16], socket[100];
    snprintf(record, sizeof record, "%s/socket", folder);
    if (!read_record(record, socket))
        return err_set(note, ERR_NOT_FOUND, "%s: no process is at work on it", folder);
    snprintf(control, size, "ipc://%s/c", socket);
    return OK;
}

static enum err write_record(const struct run_socket *s, struct err_note *note)
{
    FILE *file = fopen(s->record, "we");
    bool written = file && fprintf(file, "%s\n", s->folder) > 0;
    if (file && fclose(file) != 0)
        written = false;
    return written ? OK : err_set(note, ERR_IO, "%s: cannot write: %s", s->record, strerror(errno));
}

/* The record comes before the folder: whenever a kill falls, the next run knows what to remove. */
enum err run_socket_open(struct run_socket *out, const char *folder, struct err_note *note)
{
    struct run_socket s;
    uint64_t name = 0;
    snprintf(s.record, sizeof s.record, "%s/socket", folder);
    run_socket_sweep(folder);
    if (getrandom(&name, sizeof name, 0) != (ssize_t)sizeof name)
        return err_set(note, ERR_IO, "no random numbers: %s", strerror(errno));
    snprintf(s.folder, sizeof s.folder, "%s/" PREFIX "%012llx", temporary_directory(),
             (unsigned long long)(name >> 16));
    snprintf(s.endpoint, sizeof s.endpoint, "ipc://%s/s", s.folder);
    snprintf(s.control, sizeof s.control, "ipc://%s/c", s.folder);
    enum err err = write_record(&s, note);
    if (err)
        return err;
    if (mkdir(s.folder, 0700) != 0) {
        err = err_set(note, ERR_IO, "%s: cannot make a folder for the workers' socket: %s",
                      s.folder, strerror(errno));
        unlink(s.record);
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
