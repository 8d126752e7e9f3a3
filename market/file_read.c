#include "market/file_read.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum { READ_STEP = 1 << 20, FRAME_MAGIC_BYTES = 4 };

static enum err read_error(const char *path, struct err_note *note)
{
    int e = errno;
    return err_set(note, e == ENOENT || e == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
                   "%s: cannot read: %s", path, strerror(e));
}

static enum err grow(char **buffer, size_t *capacity, const char *path, struct err_note *note)
{
    char *grown = *capacity < FILE_READ_BYTES_MAX ? realloc(*buffer, *capacity * 2) : NULL;
    if (!grown)
        return err_set(note, ERR_DATA, "%s: does not fit in memory (limit %zu bytes)", path,
                       FILE_READ_BYTES_MAX);
    *buffer = grown;
    *capacity *= 2;
    return OK;
}

/* The size is a hint: pipes have none, and a file may grow while it is read. */
static enum err read_raw(const char *path, char **bytes, size_t *length, struct err_note *note)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return read_error(path, note);
    char *buffer = NULL;
    enum err e = OK;
    struct stat st;
    size_t capacity = 0, n = 0;
    if (fstat(fd, &st) != 0) {
        e = read_error(path, note);
    } else if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) {
        e = err_set(note, ERR_DATA, "%s: expected a file", path);
    } else {
        capacity = (size_t)st.st_size + READ_STEP;
        buffer = malloc(capacity);
        e = buffer ? OK : ERR_NOMEM;
    }
    while (e == OK) {
        if (n + 1 == capacity && (e = grow(&buffer, &capacity, path, note)) != OK)
            break;
        ssize_t got = read(fd, buffer + n, capacity - 1 - n);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            e = read_error(path, note);
        n += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    if (e != OK) {
        free(buffer);
        return e;
    }
    buffer[n] = '\0';
    *bytes = buffer;
    *length = n;
    return OK;
}

/* All frames of the archive, one after the other; the claimed content size is a hint, never
 * trusted. */
static enum err decompress(const char *path, const char *packed, size_t n_packed, char **bytes,
                           size_t *length, struct err_note *note)
{
    unsigned long long claimed = ZSTD_getFrameContentSize(packed, n_packed);
    size_t capacity =
        claimed < n_packed * 64 ? (size_t)claimed + READ_STEP : n_packed * 4 + READ_STEP;
    size_t left = 1; /* of the current frame: 0 at its end */
    char *buffer = malloc(capacity);
    ZSTD_DStream *stream = ZSTD_createDStream();
    enum err e = buffer && stream ? OK : ERR_NOMEM;
    ZSTD_inBuffer in = {packed, n_packed, 0};
    ZSTD_outBuffer out = {buffer, capacity - 1, 0};
    while (e == OK && (in.pos < in.size || (left != 0 && out.pos == out.size))) {
        if (out.pos == out.size) {
            e = grow(&buffer, &capacity, path, note);
            out.dst = buffer;
            out.size = capacity - 1;
            continue;
        }
        left = ZSTD_decompressStream(stream, &out, &in);
        if (ZSTD_isError(left))
            e = err_set(note, ERR_DATA, "%s: damaged zstd archive: %s", path,
                        ZSTD_getErrorName(left));
    }
    if (e == OK && left != 0)
        e = err_set(note, ERR_DATA, "%s: truncated zstd archive", path);
    ZSTD_freeDStream(stream);
    if (e != OK) {
        free(buffer);
        return e;
    }
    buffer[out.pos] = '\0';
    *bytes = buffer;
    *length = out.pos;
    return OK;
}

enum err file_read(const char *path, char **bytes, size_t *length, struct err_note *note)
{
    static const unsigned char magic[FRAME_MAGIC_BYTES] = {0x28, 0xb5, 0x2f, 0xfd};
    char *raw = NULL;
    size_t n = 0;
    enum err e = read_raw(path, &raw, &n, note);
    if (e != OK)
        return e;
    if (n < sizeof magic || memcmp(raw, magic, sizeof magic) != 0) {
        *bytes = raw;
        *length = n;
        return OK;
    }
    e = decompress(path, raw, n, bytes, length, note);
    free(raw);
    return e;
}
