#include "worker/planes_file.h"
#include "engine/plateau_engine.h"
#include "market/cache_entry.h"
#include "market/cache_list.h"
#include "market/image_file.h"
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 64, HASH = 32, POINTS_MAX = 4096 };

struct needs {
    struct plateau_plane *planes;
    size_t n, room;
};

/* ---- what a job needs ---- */

static enum err add_point(struct needs *needs, struct cell_engine *cells, uint64_t point)
{
    const struct plateau_config *config;
    struct err_note ignored;
    bool failed;
    enum err err = cell_config(cells, point, &config, &failed, &ignored);
    return err || failed ? err
                         : plateau_planes_add(config, &needs->planes, &needs->n, &needs->room);
}

/* A plane depends on one parameter of a sleeve, and perhaps on a switch: so each axis in turn, with
 * all others at their first, and at their last level. What this misses, an engine computes for
 * itself. */
static enum err walk_grid(struct needs *needs, struct cell_engine *cells, const struct sweep *sweep,
                          uint64_t base_point)
{
    uint32_t base[SWEEP_AXES_MAX], levels[SWEEP_AXES_MAX], n_axes = sweep_n_axes(sweep);
    uint32_t left = POINTS_MAX;
    enum err err = OK;
    sweep_levels(sweep, base_point, base);
    for (uint32_t d = 0; d < sweep_n_dimensions(sweep); d++)
        for (uint32_t l = 0; !err && left > 0 && l < sweep_dimension_size(sweep, d); l++, left--) {
            uint64_t point;
            for (uint32_t a = 0; a < n_axes; a++)
                levels[a] = sweep_axis(sweep, a)->dimension == d ? l : base[a];
            if (sweep_point_of_levels(sweep, levels, &point) == OK)
                err = add_point(needs, cells, point);
        }
    return err;
}

static int by_plane(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct plateau_plane));
}

static enum err needs_of(struct needs *needs, const struct job *job, struct cell_engine *cells)
{
    uint64_t n = sweep_n_points(job->sweep);
    enum err err = OK;
    if (sweep_plan(job->sweep)->method == SWEEP_GRID) {
        err = walk_grid(needs, cells, job->sweep, 0);
        if (!err)
            err = walk_grid(needs, cells, job->sweep, n - 1);
    } else {
        for (uint64_t p = 0; !err && p < n && p < POINTS_MAX; p++)
            err = add_point(needs, cells, p);
    }
    if (needs->n) /* one order for equal needs */
        qsort(needs->planes, needs->n, sizeof *needs->planes, by_plane);
    struct plateau_engine *engine = cell_plateau_engine(cells);
    while (needs->n &&
           plateau_planes_bytes(engine, needs->planes, needs->n) > PLANES_FILE_BYTES_MAX)
        needs->n--;
    return err;
}

/* ---- the file ---- */

static bool name_of(char path[4096], const char *cache_dir, const struct job *job,
                    const struct needs *needs)
{
    uint8_t hash[HASH];
    char hex[2 * HASH + 1];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, job->image_hash, sizeof job->image_hash);
    crypto_generichash_update(&state, (const uint8_t *)plateau_engine_id(),
                              strlen(plateau_engine_id()));
    crypto_generichash_update(&state, (const uint8_t *)needs->planes,
                              needs->n * sizeof *needs->planes);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return snprintf(path, 4096, "%s/%s.planes", cache_dir, hex) < 4096;
}

/* Maps the file if it is whole and what its hash says. */
static bool map(struct planes_file *out, const char *path)
{
    struct stat st;
    uint8_t hash[HASH];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    cache_entry_hold(fd);
    size_t length = fstat(fd, &st) == 0 && st.st_size > HEAD ? (size_t)st.st_size : 0;
    void *bytes = length ? mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (bytes == MAP_FAILED) {
        close(fd);
        return false;
    }
    *out = (struct planes_file){.bytes = bytes, .length = length, .hold_fd = fd};
    crypto_generichash(hash, sizeof hash, (const uint8_t *)bytes + HEAD, length - HEAD, NULL, 0);
    if (memcmp(hash, bytes, sizeof hash) == 0)
        return true;
    planes_file_close(out);
    unlink(path); /* it would be found damaged again and again */
    return false;
}

static bool fill(int fd, size_t length, struct plateau_engine *engine, const struct needs *needs)
{
    if (ftruncate(fd, 0) != 0 || posix_fallocate(fd, 0, (off_t)length) != 0)
        return false; /* a full disk is noticed here, not by a signal */
    uint8_t *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    bool good = plateau_planes_make(engine, needs->planes, needs->n, bytes + HEAD) == OK;
    if (good)
        crypto_generichash(bytes, HASH, bytes + HEAD, length - HEAD, NULL, 0);
    return munmap(bytes, length) == 0 && good;
}

static bool make(const char *path, const char *cache_dir, uint64_t cache_limit,
                 struct plateau_engine *engine, const struct needs *needs, bool *made)
{
    struct err_note ignored;
    size_t length = HEAD + plateau_planes_bytes(engine, needs->planes, needs->n);
    const struct cache_policy policy = {
        .now_s = time(NULL), .older_than_s = -1, .max_bytes = cache_limit, .room = length};
    int fd;
    if (cache_entry_claim(path, &fd, &ignored) != OK)
        return false;
    if (fd < 0)
        return true; /* made by another process meanwhile */
    if (cache_limit)
        cache_evict(cache_dir, &policy, NULL, &ignored);
    if (!fill(fd, length, engine, needs)) {
        cache_entry_abandon(path, &fd, false);
        return false;
    }
    *made = true;
    return cache_entry_publish(path, &fd, &ignored) == OK;
}

void planes_file_open(struct planes_file *out, const char *cache_dir, uint64_t cache_limit,
                      const struct job *job, struct cell_engine *cells)
{
    char path[4096];
    struct needs needs = {0};
    struct plateau_engine *engine = cell_plateau_engine(cells);
    struct planes_file file = {0};
    bool made = false;
    *out = file;
    if (sodium_init() >= 0 && needs_of(&needs, job, cells) == OK && needs.n > 0 &&
        name_of(path, cache_dir, job, &needs) &&
        (map(&file, path) ||
         (make(path, cache_dir, cache_limit, engine, &needs, &made) && map(&file, path)))) {
        if (plateau_planes_use(engine, (const uint8_t *)file.bytes + HEAD, file.length - HEAD)) {
            planes_file_close(&file);
        } else {
            file.n_planes = (uint32_t)needs.n;
            file.made = made;
            *out = file;
        }
    }
    free(needs.planes);
}

void planes_file_close(struct planes_file *file)
{
    if (file->bytes) {
        munmap(file->bytes, file->length);
        close(file->hold_fd);
    }
    *file = (struct planes_file){0};
}
