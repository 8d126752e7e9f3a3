/* Any bytes as a sweep file: a checked job, or one line that begins with the file's name. */
#include "spec/spec.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    struct spec spec;
    struct err_note note = {""};
    if (fd < 0) { /* a file that has no place on disk */
        fd = memfd_create("sweep", MFD_CLOEXEC);
        assert(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    enum err err = spec_load(&spec, path, NULL, &note);
    if (err) {
        assert(err == ERR_NOMEM || note.text[0]);
        assert(!strchr(note.text, '\n'));
        return 0;
    }
    uint8_t *bytes;
    size_t n;
    struct job job;
    assert(job_encode(&spec.job, &bytes, &n) == OK);
    assert(job_decode(&job, bytes, n, &note) == OK); /* what is written can be read */
    free(bytes);
    job_free(&job);
    spec_free(&spec);
    return 0;
}
