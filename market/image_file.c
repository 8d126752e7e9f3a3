#include "market/image_file.h"
#include "market/cache_entry.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static_assert(sizeof(struct image_header) == 72 && sizeof(struct image_sleeve) == 216,
              "the layout is the file format");
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "images are little-endian and read in place"
#endif

/* ---- layout ---- */

struct layout { /* first pass: bytes is NULL and only the offset moves */
    uint8_t *bytes;
    uint64_t at;
};

static uint64_t place(struct layout *l, const void *from, uint64_t n, uint64_t element_bytes)
{
    uint64_t offset = l->at;
    if (l->bytes && n)
        memcpy(l->bytes + offset, from, n * element_bytes);
    l->at = (offset + n * element_bytes + 7) & ~UINT64_C(7);
    return offset;
}

static void place_sleeve(struct layout *l, const struct image_view *v, struct image_sleeve *s)
{
    *s = (struct image_sleeve){.asset_class = (uint32_t)v->asset_class,
                               .n_symbols = v->n_symbols,
                               .n_sessions = v->n_sessions,
                               .n_bench = v->n_bench,
                               .n_bars = v->n_bars};
    snprintf(s->name, sizeof s->name, "%s", v->name);
    s->session_day = place(l, v->session_day, v->n_sessions, sizeof(int32_t));
    s->symbol_name = place(l, v->symbol_name, v->n_symbols, 64);
    s->first_row = place(l, v->first_row, v->n_symbols, sizeof(int32_t));
    s->bar_start = place(l, v->bar_start, (uint64_t)v->n_symbols + 1, sizeof(uint32_t));
    s->bar_session = place(l, v->bar_session, v->n_bars, sizeof(int32_t));
    s->open = place(l, v->open, v->n_bars, sizeof(double));
    s->high = place(l, v->high, v->n_bars, sizeof(double));
    s->low = place(l, v->low, v->n_bars, sizeof(double));
    s->close = place(l, v->close, v->n_bars, sizeof(double));
    s->volume = place(l, v->volume, v->n_bars, sizeof(double));
    s->bench_session = place(l, v->bench_session, v->n_bench, sizeof(int32_t));
    s->bench_open = place(l, v->bench_open, v->n_bench, sizeof(double));
    s->bench_high = place(l, v->bench_high, v->n_bench, sizeof(double));
    s->bench_low = place(l, v->bench_low, v->n_bench, sizeof(double));
    s->bench_close = place(l, v->bench_close, v->n_bench, sizeof(double));
    s->bench_volume = place(l, v->bench_volume, v->n_bench, sizeof(double));
}

static uint64_t place_all(uint8_t *bytes, const struct image_view *sleeves, uint32_t n,
                          struct image_sleeve *table)
{
    struct layout l = {bytes, sizeof(struct image_header) + n * sizeof *table};
    for (uint32_t i = 0; i < n; i++)
        place_sleeve(&l, &sleeves[i], &table[i]);
    return l.at;
}

enum err image_layout(const struct image_view *sleeves, uint32_t n, double max_daily_move,
                      struct market_image *out, struct err_note *note)
{
    struct image_sleeve table[IMAGE_SLEEVES_MAX];
    if (n == 0 || n > IMAGE_SLEEVES_MAX)
        return err_set(note, ERR_RANGE, "%u sleeves, expected 1 to %u", n, IMAGE_SLEEVES_MAX);
    uint64_t length = place_all(NULL, sleeves, n, table);
    uint8_t *bytes = calloc(1, length); /* padding is zero: equal input, equal bytes */
    if (!bytes)
        return err_set(note, ERR_NOMEM, "no memory for a market image of %llu bytes",
                       (unsigned long long)length);
    place_all(bytes, sleeves, n, table);
    struct image_header header = {.magic = IMAGE_MAGIC,
                                  .version = IMAGE_VERSION,
                                  .n_sleeves = n,
                                  .length = length,
                                  .max_daily_move = max_daily_move};
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, table, n * sizeof *table);
    *out = (struct market_image){.bytes = bytes, .length = length};
    image_hash(bytes, length, out->hash);
    memcpy(bytes + offsetof(struct image_header, hash), out->hash, IMAGE_HASH_BYTES);
    return OK;
}

/* ---- names ---- */

void image_hash(const void *bytes, size_t length, uint8_t hash[IMAGE_HASH_BYTES])
{
    struct image_header header;
    crypto_generichash_state state;
    assert(length >= sizeof header);
    if (sodium_init() < 0) /* chooses the fast code for this CPU; the result is the same without */
        abort();
    memcpy(&header, bytes, sizeof header);
    memset(header.hash, 0, sizeof header.hash);
    crypto_generichash_init(&state, NULL, 0, IMAGE_HASH_BYTES);
    crypto_generichash_update(&state, (const uint8_t *)&header, sizeof header);
    crypto_generichash_update(&state, (const uint8_t *)bytes + sizeof header,
                              length - sizeof header);
    crypto_generichash_final(&state, hash, IMAGE_HASH_BYTES);
}

void image_hash_hex(const uint8_t hash[IMAGE_HASH_BYTES], char hex[2 * IMAGE_HASH_BYTES + 1])
{
    sodium_bin2hex(hex, 2 * IMAGE_HASH_BYTES + 1, hash, IMAGE_HASH_BYTES);
}

enum err image_file_path(const char *cache_dir, const uint8_t hash[IMAGE_HASH_BYTES], char *path,
                         size_t size)
{
    char hex[2 * IMAGE_HASH_BYTES + 1];
    image_hash_hex(hash, hex);
    int n = snprintf(path, size, "%s/%s.img", cache_dir, hex);
    return n > 0 && (size_t)n < size ? OK : ERR_RANGE;
}

/* ---- writing ---- */

static enum err write_error(const char *path, struct err_note *note)
{
    const char *cure = errno == ENOSPC || errno == EDQUOT || errno == EFBIG
                           ? "free some space or set PLATEAU_CACHE to a folder that has it"
                           : "set PLATEAU_CACHE to a folder that can be written";
    return err_set(note, ERR_IO, "%s: cannot write: %s; %s", path, strerror(errno), cure);
}

int image_file_make_folders(const char *dir)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s", dir) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *at = path + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS)
            return -1; /* a parent on a read-only file system may well exist: the last mkdir tells
                        */
        *at = '/';
    }
    return mkdir(path, 0777) == 0 || errno == EEXIST ? 0 : -1;
}

static int write_and_sync(int fd, const void *bytes, size_t length)
{
    for (size_t n = 0; n < length;) {
        ssize_t put = write(fd, (const char *)bytes + n, length - n);
        if (put < 0 && errno != EINTR)
            return -1;
        n += put > 0 ? (size_t)put : 0;
    }
    return fsync(fd);
}

int image_file_sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    int e = errno;
    close(fd);
    errno = e;
    return rc == 0 || e == EINVAL ? 0 : -1; /* some file systems have no fsync of folders */
}

enum err image_file_write(const char *dir, const char *name, const void *bytes, size_t length,
                          struct err_note *note)
{
    char path[4096], temporary[4096 + 16];
    if (image_file_make_folders(dir) != 0)
        return write_error(dir, note);
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return write_error(dir, note);
    }
    snprintf(temporary, sizeof temporary, "%s.tmp.XXXXXX", path); /* unique: builders may race */
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return write_error(dir, note);
    int rc = fchmod(fd, 0444);
    if (rc == 0)
        rc = write_and_sync(fd, bytes, length);
    int e = errno;
    if (close(fd) != 0 && rc == 0) {
        rc = -1;
        e = errno;
    }
    errno = e;
    if (rc == 0)
        rc = rename(temporary, path);
    if (rc != 0) {
        enum err failed = write_error(path, note);
        unlink(temporary);
        return failed;
    }
    return image_file_sync_folder(dir) == 0 ? OK : write_error(dir, note);
}

/* ---- opening ---- */

enum err image_file_verify(const char *path, const void *bytes, size_t length,
                           uint8_t hash[IMAGE_HASH_BYTES], struct err_note *note)
{
    const struct image_header *header = bytes;
    struct image_view views[IMAGE_SLEEVES_MAX];
    uint32_t n_sleeves;
    struct err_note why = {""};
    if (length < sizeof *header || header->magic != IMAGE_MAGIC)
        return err_set(note, ERR_CORRUPT,
                       "%s: not a market image; remove it, it will be built again", path);
    if (header->version != IMAGE_VERSION)
        return err_set(
            note, ERR_VERSION,
            "%s: market image of version %u, expected %u; remove it, it will be built again", path,
            header->version, IMAGE_VERSION);
    if (header->length != length)
        return err_set(note, ERR_CORRUPT,
                       "%s: truncated market image, %zu bytes, expected %llu; remove it, it will "
                       "be built again",
                       path, length, (unsigned long long)header->length);
    image_hash(bytes, length, hash);
    if (memcmp(hash, header->hash, IMAGE_HASH_BYTES) != 0)
        return err_set(note, ERR_CORRUPT,
                       "%s: damaged market image, its hash does not match its content; remove it, "
                       "it will be built again",
                       path);
    enum err e = image_check(bytes, length, views, &n_sleeves, &why);
    return e == OK ? OK : err_set(note, e, "%.900s: %s", path, why.text);
}

enum err market_open_file(const char *path, struct market_image *out, struct err_note *note)
{
    struct market_image image = {.mapped = 1};
    if (strlen(path) >= sizeof image.path)
        return err_set(note, ERR_RANGE, "path too long for a market image");
    strcpy(image.path, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        int e = errno;
        if (fd >= 0)
            close(fd);
        return err_set(note, e == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "%s: cannot open market image: %s", path, strerror(e));
    }
    if (!S_ISREG(st.st_mode) || (size_t)st.st_size < sizeof(struct image_header)) {
        close(fd);
        return err_set(note, ERR_CORRUPT,
                       "%s: not a market image; remove it, it will be built again", path);
    }
    image.length = (size_t)st.st_size;
    cache_entry_hold(fd);
    void *bytes = mmap(NULL, image.length, PROT_READ, MAP_SHARED, fd, 0);
    int e = errno;
    if (bytes == MAP_FAILED) {
        close(fd);
        return err_set(note, ERR_IO, "%s: cannot map: %s", path, strerror(e));
    }
    image.bytes = bytes;
    image.hold_fd = fd;
    enum err failed = image_file_verify(path, bytes, image.length, image.hash, note);
    if (failed != OK) {
        market_image_free(&image);
        return failed;
    }
    *out = image;
    return OK;
}

enum err market_open_hash(const char *cache_dir, const uint8_t hash[IMAGE_HASH_BYTES],
                          struct market_image *out, struct err_note *note)
{
    char path[sizeof out->path];
    struct market_image image = {0};
    if (image_file_path(cache_dir, hash, path, sizeof path) != OK)
        return err_set(note, ERR_RANGE, "path of the cache folder too long");
    enum err e = market_open_file(path, &image, note);
    if (e != OK)
        return e;
    if (memcmp(image.hash, hash, IMAGE_HASH_BYTES) != 0) {
        market_image_free(&image);
        return err_set(
            note, ERR_CORRUPT,
            "%s: holds another image than its name says; remove it, it will be built again", path);
    }
    *out = image;
    return OK;
}

void market_image_free(struct market_image *image)
{
    if (image->mapped) {
        munmap((void *)image->bytes, image->length);
        close(image->hold_fd);
    } else {
        free((void *)image->bytes);
    }
    *image = (struct market_image){0};
}
