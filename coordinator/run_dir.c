#include "coordinator/calibrate.h"
#include "coordinator/canary.h"
#include "coordinator/run.h"
#include "proto/msg.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* PATH_SIZE: of run_dir.path, with room in the buffers for the names inside. */
enum { PATH_SIZE = 4096, FILE_PATH_SIZE = PATH_SIZE + 300, RUNS_MAX = 4096 };
#define CALIBRATE_CACHE_BYTES ((size_t)256 << 20)

/* ---- files ---- */

static enum err io_error(const char *what, const char *path, struct err_note *note)
{
    int e = errno;
    const char *remedy = e == ENOSPC || e == EDQUOT
                             ? "; free space there, or choose another folder with --dir"
                         : e == EACCES || e == EROFS || e == EPERM
                             ? "; make it writable, or choose another folder with --dir"
                             : "";
    return err_set(note, ERR_IO, "%s: cannot %s: %s%s", path, what, strerror(e), remedy);
}

static enum err make_folders(const char *path, struct err_note *note)
{
    char part[PATH_SIZE];
    snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if (mkdir(part, 0777) && errno != EEXIST)
            return io_error("make the folder", part, note);
        *p = '/';
    }
    return mkdir(part, 0777) && errno != EEXIST ? io_error("make the folder", path, note) : OK;
}

static enum err write_file(const char *folder, const char *name, const void *bytes, size_t length,
                           struct err_note *note)
{
    char path[FILE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return io_error("write", path, note);
    const char *at = bytes;
    enum err err = OK;
    while (!err && length > 0) {
        ssize_t n = write(fd, at, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            err = io_error("write", path, note);
        else {
            at += n;
            length -= (size_t)n;
        }
    }
    if (!err && fsync(fd))
        err = io_error("write", path, note);
    if (close(fd) && !err)
        err = io_error("write", path, note);
    return err;
}

/* The whole file and a NUL; caller frees. */
static enum err read_file(const char *folder, const char *name, size_t max, char **bytes,
                          size_t *length, struct err_note *note)
{
    char path[FILE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rbe");
    if (!file)
        return err_set(note, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    char *text = malloc(max + 1);
    size_t n = text ? fread(text, 1, max, file) : 0;
    bool bad = !text || ferror(file) || (n == max && fgetc(file) != EOF);
    fclose(file);
    if (bad) {
        free(text);
        return text ? err_set(note, ERR_CORRUPT, "%s: cannot be read, or is longer than %zu bytes",
                              path, max)
                    : ERR_NOMEM;
    }
    text[n] = 0;
    *bytes = text;
    *length = n;
    return OK;
}

static void sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* A folder that was never finished, one level of folders deep. */
static void remove_unfinished(const char *folder)
{
    char path[FILE_PATH_SIZE];
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (unlink(path) && (errno == EISDIR || errno == EPERM))
            remove_unfinished(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
}

/* ---- identity ---- */

/* SHA-256 of the job as it was before its tile size was known: the same for equal sweeps on equal
 * data. */
static enum err job_digest(const struct job *job, uint8_t digest[crypto_hash_sha256_BYTES])
{
    struct job copy = *job; /* shares everything it points to */
    uint8_t *bytes = NULL;
    size_t length = 0;
    copy.tile_points = 0;
    enum err err = job_encode(&copy, &bytes, &length);
    if (!err)
        crypto_hash_sha256(digest, bytes, length);
    free(bytes);
    return err;
}

static void name_run(struct run_dir *run, const char *name, const uint8_t *digest)
{
    char safe[JOB_NAME_MAX + 1];
    size_t n = 0;
    for (; name && name[n] && n < JOB_NAME_MAX; n++)
        safe[n] =
            isalnum((unsigned char)name[n]) || strchr("_-", name[n]) || (n > 0 && name[n] == '.')
                ? name[n]
                : '-';
    safe[n] = 0;
    snprintf(run->id, sizeof run->id, "%s-%02x%02x%02x%02x", n ? safe : "run", digest[0], digest[1],
             digest[2], digest[3]);
    run->tile_order_seed = 0;
    for (unsigned i = 0; i < 8; i++)
        run->tile_order_seed |= (uint64_t)digest[8 + i] << (8 * i);
}

/* ---- run.json ---- */

static json_t *source_json(const char *sleeve, const struct market_source *source)
{
    char prices[PATH_MAX], benchmark[PATH_MAX];
    json_t *universe = json_array();
    for (uint32_t i = 0; i < source->n_universe; i++)
        json_array_append_new(universe, json_string(source->universe[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "sleeve", sleeve, "asset_class",
                     source->asset_class == IMAGE_CRYPTO ? "crypto" : "equity", "prices",
                     source->prices && realpath(source->prices, prices) ? prices : "", "benchmark",
                     source->benchmark && realpath(source->benchmark, benchmark) ? benchmark : "",
                     "universe", universe);
}

static enum err write_json(const struct run_dir *run, const char *folder, const struct spec *spec,
                           struct err_note *note)
{
    char spec_hash[2 * JOB_HASH_BYTES + 1], image_hash[2 * JOB_HASH_BYTES + 1];
    sodium_bin2hex(spec_hash, sizeof spec_hash, run->job.spec_sha256, JOB_HASH_BYTES);
    sodium_bin2hex(image_hash, sizeof image_hash, run->job.image_hash, JOB_HASH_BYTES);
    json_t *sources = json_array();
    for (uint32_t s = 0; spec->sources && s < run->job.n_sleeves; s++)
        json_array_append_new(sources, source_json(run->job.sleeves[s].name, &spec->sources[s]));
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:f, s:o}", "id", run->id, "created",
                  run->created, "build", run->build, "engine_id", run->job.engine_id, "spec_sha256",
                  spec_hash, "image_blake2b", image_hash, "tile_points", (int)run->job.tile_points,
                  "max_daily_move", spec->max_daily_move, "sources", sources);
    char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    enum err err = text ? write_file(folder, "run.json", text, strlen(text), note) : ERR_NOMEM;
    free(text);
    json_decref(json);
    return err;
}

static enum err read_json(struct run_dir *run, struct err_note *note)
{
    char *text = NULL;
    size_t length = 0;
    json_error_t error;
    enum err err = read_file(run->path, "run.json", 16u << 20, &text, &length, note);
    if (err)
        return err;
    json_t *json = json_loadb(text, length, 0, &error);
    const char *created = json_string_value(json_object_get(json, "created"));
    const char *build = json_string_value(json_object_get(json, "build"));
    if (created && build) {
        snprintf(run->created, sizeof run->created, "%s", created);
        snprintf(run->build, sizeof run->build, "%s", build);
    } else {
        err = err_set(note, ERR_CORRUPT, "%s/run.json: damaged: created and build are expected",
                      run->path);
    }
    json_decref(json);
    free(text);
    return err;
}

static enum err same(const struct run_dir *run, const json_t *json, const char *key,
                     const char *expected, struct err_note *note)
{
    const char *found = json_string_value(json_object_get(json, key));
    if (found && strcmp(found, expected) == 0)
        return OK;
    return err_set(note, ERR_CORRUPT,
                   "%s: run.json and job differ: %s is %.70s in run.json, %.70s by the job",
                   run->path, key, found ? found : "(none)", expected);
}

enum err run_dir_check(const struct run_dir *run, struct err_note *note)
{
    char hash[2 * JOB_HASH_BYTES + 1], *text = NULL;
    size_t length = 0;
    enum err err = read_file(run->path, "run.json", 16u << 20, &text, &length, note);
    if (err)
        return err;
    json_t *json = json_loadb(text, length, 0, NULL);
    free(text);
    err = same(run, json, "id", run->id, note); /* a hash of the whole job */
    if (!err)
        err = same(run, json, "engine_id", run->job.engine_id, note);
    sodium_bin2hex(hash, sizeof hash, run->job.spec_sha256, JOB_HASH_BYTES);
    if (!err)
        err = same(run, json, "spec_sha256", hash, note);
    sodium_bin2hex(hash, sizeof hash, run->job.image_hash, JOB_HASH_BYTES);
    if (!err)
        err = same(run, json, "image_blake2b", hash, note);
    json_int_t points = json_integer_value(json_object_get(json, "tile_points"));
    if (!err && points != run->job.tile_points)
        err = err_set(note, ERR_CORRUPT,
                      "%s: run.json and job differ: tile_points is %lld in run.json, %u by the job",
                      run->path, (long long)points, run->job.tile_points);
    json_decref(json);
    return err;
}

enum err run_dir_check_engine(const struct run_dir *run, struct err_note *note)
{
    if (strcmp(run->job.engine_id, plateau_engine_id()) == 0)
        return OK;
    return err_set(note, ERR_VERSION,
                   "run %s was computed by engine %.16s, this program holds engine %.16s", run->id,
                   run->job.engine_id, plateau_engine_id());
}

/* ---- making ---- */

/* Both from the image in the default cache folder. A run so small that nothing need be measured
 * does without it: then no cells are known, and new workers are not asked for any. */
static enum err measure(struct calibration *c, const struct job *job, struct err_note *note)
{
    struct market_image image = {0};
    struct err_note ignored;
    bool needless = calibrate_is_needless(job);
    char *cache = market_default_cache_dir();
    enum err err =
        cache ? market_open_hash(cache, job->image_hash, &image, needless ? &ignored : note)
              : ERR_NOMEM;
    free(cache);
    if (err)
        return needless ? OK : err;
    err = (needless ? calibrate_known : calibrate)(c, job, image.bytes, image.length,
                                                   CALIBRATE_CACHE_BYTES, note);
    market_image_free(&image);
    if (needless)
        c->seconds_a_point = 0; /* not measured: the limits alone say how large a tile is */
    return err;
}

/* *c holds the known cells, if there are any. */
static enum err choose_tile_points(struct job *job, struct calibration *c, struct err_note *note)
{
    if (job->tile_points)
        return OK;
    enum err err = job->null_row_bytes ? OK : measure(c, job, note);
    if (!err)
        job->tile_points = calibrate_tile_points(job, c->seconds_a_point);
    return err;
}

static enum err freeze_strategies(const char *folder, const struct spec *spec,
                                  struct err_note *note)
{
    char name[300], path[FILE_PATH_SIZE + 20], *text = NULL;
    size_t length = 0;
    if (!spec->files || !spec->files[0])
        return OK;
    snprintf(path, sizeof path, "%s/strategies", folder);
    enum err err = mkdir(path, 0777) ? io_error("make the folder", path, note) : OK;
    for (unsigned i = 0; !err && spec->files[i]; i++) {
        const char *slash = strrchr(spec->files[i], '/');
        char *full = realpath(spec->files[i], NULL);
        char *last = full ? strrchr(full, '/') : NULL;
        if (!last) {
            free(full);
            return err_set(note, ERR_NOT_FOUND, "%s: %s", spec->files[i], strerror(errno));
        }
        *last = 0;
        err = read_file(full, last + 1, 1u << 20, &text, &length, note);
        free(full);
        if (err)
            return err;
        /* Two files of one name from two folders: the number tells them apart. */
        snprintf(name, sizeof name, "strategies/%u-%.200s", i + 1,
                 slash ? slash + 1 : spec->files[i]);
        err = write_file(folder, name, text, length, note);
        free(text);
    }
    return err;
}

static enum err write_canary(const struct run_dir *run, const struct calibration *c,
                             const char *folder, struct err_note *note)
{
    struct codec_writer w = {0};
    if (!c->known)
        return OK;
    canary_write(&w, &run->job, c->known_ordinal, c->known, c->known_length);
    enum err err = w.failed ? ERR_NOMEM : write_file(folder, CANARY_FILE, w.bytes, w.length, note);
    free(w.bytes);
    return err;
}

static enum err fill_folder(const struct run_dir *run, const struct calibration *c,
                            const char *folder, const struct spec *spec, struct err_note *note)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    enum err err = job_encode(&run->job, &bytes, &length);
    if (!err && length > MSG_PAYLOAD_MAX)
        err = err_set(note, ERR_OVERFLOW, "the run's axes take %zu bytes, %u are the most", length,
                      MSG_PAYLOAD_MAX);
    if (!err && spec->text)
        err = write_file(folder, "spec.yaml", spec->text, strlen(spec->text), note);
    if (!err)
        err = freeze_strategies(folder, spec, note);
    if (!err)
        err = write_json(run, folder, spec, note);
    if (!err)
        err = write_file(folder, "job", bytes, length, note);
    if (!err)
        err = write_canary(run, c, folder, note);
    free(bytes);
    return err;
}

/* Made beside and renamed: a folder that is there is whole. If another process was faster, its
 * folder is as good. */
static enum err publish(struct run_dir *run, const struct calibration *c, const char *runs_dir,
                        const struct spec *spec, bool *existed, struct err_note *note)
{
    char folder[FILE_PATH_SIZE];
    time_t now = time(NULL);
    struct tm tm;
    strftime(run->created, sizeof run->created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    snprintf(run->build, sizeof run->build, "plateau %s %s", PLATEAU_VERSION, __VERSION__);
    snprintf(folder, sizeof folder, "%s/.new-%s-%ld", runs_dir, run->id, (long)getpid());
    if (mkdir(folder, 0777))
        return io_error("make the folder", folder, note);
    enum err err = fill_folder(run, c, folder, spec, note);
    if (!err) {
        sync_folder(folder);
        if (rename(folder, run->path) == 0) {
            sync_folder(runs_dir);
            *existed = false;
            return OK;
        }
        *existed = errno == EEXIST || errno == ENOTEMPTY;
        if (!*existed)
            err = io_error("make the folder", run->path, note);
    }
    remove_unfinished(folder);
    return err;
}

static enum err open_path(struct run_dir *run, const char *path, struct err_note *note)
{
    char *bytes = NULL;
    size_t length = 0;
    uint8_t digest[crypto_hash_sha256_BYTES];
    if (strlen(path) >= sizeof run->path)
        return err_set(note, ERR_RANGE, "%.100s..: the path is too long", path);
    struct run_dir opened = {0};
    snprintf(opened.path, sizeof opened.path, "%s", path);
    enum err err = read_file(path, "job", JOB_BYTES_MAX, &bytes, &length, note);
    if (!err) {
        err = job_decode(&opened.job, (const uint8_t *)bytes, length, note);
        if (err)
            err =
                err_set(note, ERR_CORRUPT, "%s/job: damaged, or of another version of plateau (%s)",
                        path, err_text(err));
    }
    free(bytes);
    if (!err)
        err = job_digest(&opened.job, digest);
    if (!err) {
        name_run(&opened, opened.job.name, digest);
        err = read_json(&opened, note);
    }
    if (err) {
        run_dir_free(&opened);
        return err;
    }
    *run = opened;
    return OK;
}

static enum err open_equal(struct run_dir *out, const struct run_dir *wanted, const uint8_t *digest,
                           struct err_note *note)
{
    uint8_t found[crypto_hash_sha256_BYTES];
    enum err err = open_path(out, wanted->path, note);
    if (err)
        return err;
    err = job_digest(&out->job, found);
    if (!err && memcmp(found, digest, sizeof found) != 0)
        err = err_set(note, ERR_EXISTS,
                      "%s: another run with the same first digits of its hash; use another --dir",
                      wanted->path);
    if (err)
        run_dir_free(out);
    return err;
}

enum err run_dir_create(struct run_dir *out, const char *runs_dir, const struct spec *spec,
                        bool *existed, struct err_note *note)
{
    struct run_dir run = {.job = spec->job}; /* borrowed: never freed here */
    uint8_t digest[crypto_hash_sha256_BYTES];
    struct stat st;
    if (sodium_init() < 0)
        return err_set(note, ERR_IO, "libsodium does not start");
    enum err err = job_digest(&run.job, digest);
    if (err)
        return err;
    name_run(&run, run.job.name, digest);
    if ((size_t)snprintf(run.path, sizeof run.path, "%s/%s", runs_dir, run.id) >= sizeof run.path)
        return err_set(note, ERR_RANGE, "%.100s..: the path is too long", runs_dir);
    *existed = stat(run.path, &st) == 0;
    if (!*existed) {
        struct calibration c = {0};
        err = choose_tile_points(&run.job, &c, note);
        if (!err)
            err = make_folders(runs_dir, note);
        if (!err)
            err = publish(&run, &c, runs_dir, spec, existed, note);
        calibration_free(&c);
    }
    return err ? err : open_equal(out, &run, digest, note);
}

/* ---- opening ---- */

static int64_t touched_ns(const char *folder, const char *name)
{
    char path[FILE_PATH_SIZE];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &st) ? 0 : (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

struct listing { /* of the runs in a folder */
    char *names[RUNS_MAX];
    unsigned n, last;
};

static void list_runs(const char *runs_dir, struct listing *out)
{
    char folder[PATH_SIZE];
    int64_t newest = 0;
    out->n = out->last = 0;
    DIR *dir = opendir(runs_dir);
    for (struct dirent *e; dir && out->n < RUNS_MAX && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.' ||
            snprintf(folder, sizeof folder, "%s/%s", runs_dir, e->d_name) >= PATH_SIZE)
            continue;
        int64_t made = touched_ns(folder, "job"), held = touched_ns(folder, "lock");
        if (!made || !(out->names[out->n] = strdup(e->d_name)))
            continue;
        int64_t when = made > held ? made : held;
        if (when > newest) {
            newest = when;
            out->last = out->n;
        }
        out->n++;
    }
    if (dir)
        closedir(dir);
}

static enum err find_run(const char *runs_dir, const char *which, char path[PATH_SIZE],
                         struct err_note *note)
{
    struct listing *runs = calloc(1, sizeof *runs);
    if (!runs)
        return ERR_NOMEM;
    list_runs(runs_dir, runs);
    enum err err = OK;
    const char *name = which;
    if (strcmp(which, "last") == 0)
        name = runs->n ? runs->names[runs->last] : NULL;
    const char *nearest =
        name ? err_nearest(which, (const char *const *)runs->names, runs->n) : NULL;
    if (!name)
        err = err_set(note, ERR_NOT_FOUND,
                      "%s: there is no run yet; start one with `plateau run SWEEP.yaml`", runs_dir);
    else if (snprintf(path, PATH_SIZE, "%s/%s", runs_dir, name) >= PATH_SIZE)
        err = err_set(note, ERR_RANGE, "%.100s..: the path is too long", runs_dir);
    else if (!touched_ns(path, "job"))
        err = err_set(
            note, ERR_NOT_FOUND,
            "%s: no such run in %s%s%s%s; a run is named by its id, its folder, or `last`", which,
            runs_dir, nearest ? " (nearest: " : "", nearest ? nearest : "", nearest ? ")" : "");
    for (unsigned i = 0; i < runs->n; i++)
        free(runs->names[i]);
    free(runs);
    return err;
}

enum err run_dir_open(struct run_dir *out, const char *runs_dir, const char *which,
                      struct err_note *note)
{
    char path[PATH_SIZE];
    if (sodium_init() < 0)
        return err_set(note, ERR_IO, "libsodium does not start");
    if (touched_ns(which, "job"))
        return open_path(out, which, note);
    enum err err = find_run(runs_dir, which, path, note);
    return err ? err : open_path(out, path, note);
}

void run_dir_free(struct run_dir *run)
{
    job_free(&run->job);
    *run = (struct run_dir){0};
}

/* ---- lock ---- */

static void say_held(const struct run_dir *run, int fd, struct err_note *note)
{
    char holder[160] = "";
    if (pread(fd, holder, sizeof holder - 1, 0) > 0)
        holder[strcspn(holder, "\n")] = 0;
    err_set(note, ERR_BUSY, "run %s is held by %s: wait for it, or stop it there", run->id,
            holder[0] ? holder : "another process");
}

/* An OFD lock ends with the last descriptor of this open file: workers must not inherit it
 * (O_CLOEXEC). */
enum err run_lock(const struct run_dir *run, int *lock_fd, struct err_note *note)
{
    char path[FILE_PATH_SIZE], holder[160] = "", host[100] = "";
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    snprintf(path, sizeof path, "%s/lock", run->path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return io_error("write", path, note);
    if (fcntl(fd, F_OFD_SETLK, &lock)) {
        bool held = errno == EAGAIN || errno == EACCES;
        enum err err = held ? ERR_BUSY : io_error("lock", path, note);
        if (held)
            say_held(run, fd, note);
        close(fd);
        return err;
    }
    gethostname(host, sizeof host - 1);
    int n = snprintf(holder, sizeof holder, "host %s pid %ld\n", host, (long)getpid());
    if (ftruncate(fd, 0) || pwrite(fd, holder, (size_t)n, 0) != n) {
        enum err err = io_error("write", path, note);
        close(fd);
        return err;
    }
    *lock_fd = fd;
    return OK;
}

bool run_is_held(const struct run_dir *run, struct err_note *holder)
{
    char path[FILE_PATH_SIZE];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    snprintf(path, sizeof path, "%s/lock", run->path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false; /* never held */
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (held)
        say_held(run, fd, holder);
    close(fd);
    return held;
}

void run_unlock(int lock_fd)
{
    if (lock_fd >= 0)
        close(lock_fd);
}
