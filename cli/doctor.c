/* doctor - is this machine fit to run? One line per check: ok, note or bad, with what to do about
 * it. */
#include "cli/cli.h"
#include "cli/table.h"
#include "cli/versions.h"
#include "coordinator/fs_kind.h"
#include "coordinator/run.h"
#include "coordinator/summary.h"
#include "engine/plateau_engine.h"
#include "market/market.h"
#include "worker/facts.h"
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <jansson.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { OPEN_FILES_MIN = 256, DISK_MIN_MIB = 1024, YEAR_MIN = 2024, TEXT_MAX = 512 };

static const char WORKER[] = "plateau-worker";

struct exam {
    struct table *table;
    unsigned n_bad;
};

enum finding { GOOD, NOTE, BAD };

__attribute__((format(printf, 4, 5))) static void tell(struct exam *exam, enum finding finding,
                                                       const char *check, const char *format, ...)
{
    static const char *const word[] = {"ok", "note", "bad"};
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    table_text(exam->table, check);
    table_text(exam->table, word[finding]);
    table_text(exam->table, text);
    exam->n_bad += finding == BAD;
}

static void check_machine(struct exam *exam)
{
    struct rlimit files, memory;
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGE_SIZE);
    bool slow = strcmp(worker_vector(), "SSE2") == 0;
    tell(exam, GOOD, "cpu", "%ld cores, %s%s", sysconf(_SC_NPROCESSORS_ONLN), worker_vector(),
         slow ? ": runs are several times slower than with AVX2" : "");
    tell(exam, GOOD, "memory", "%.1f GiB", (double)pages * (double)size / (1 << 30));
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_AS, &memory);
    if (files.rlim_cur < OPEN_FILES_MIN)
        tell(exam, BAD, "open files", "%llu allowed, %d needed: ulimit -n %d",
             (unsigned long long)files.rlim_cur, OPEN_FILES_MIN, OPEN_FILES_MIN);
    else
        tell(exam, GOOD, "open files", "%llu allowed", (unsigned long long)files.rlim_cur);
    if (memory.rlim_cur == RLIM_INFINITY)
        tell(exam, GOOD, "address space", "unlimited");
    else
        tell(exam, NOTE, "address space", "limited to %.1f GiB: ulimit -v",
             (double)memory.rlim_cur / (1 << 30));
}

static void check_clock(struct exam *exam)
{
    struct timespec now;
    struct tm utc;
    char text[32];
    struct timex state;
    memset(&state, 0, sizeof state);
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
    bool synchronised = adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC);
    if (utc.tm_year + 1900 < YEAR_MIN)
        tell(exam, BAD, "clock", "%s UTC is in the past: set the clock", text);
    else
        tell(exam, synchronised ? GOOD : NOTE, "clock", "%s UTC%s", text,
             synchronised ? "" : ", not synchronised by NTP (leases use a monotonic clock)");
}

/* A durable write, five times: the journal does one every 20 ms at most, all workers wait for it.
 */
static void check_fsync(struct exam *exam, const char *folder)
{
    enum { TIMES = 5, BLOCK = 16384, SLOW_MS = 50 };
    static const char block[BLOCK];
    char path[4200];
    double slowest_ms = 0;
    struct timespec a, b;
    snprintf(path, sizeof path, "%s/.plateau-doctor-XXXXXX", folder);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return; /* check_folder() says why */
    unlink(path);
    for (int i = 0; i < TIMES; i++) {
        clock_gettime(CLOCK_MONOTONIC, &a);
        bool good = pwrite(fd, block, BLOCK, (off_t)i * BLOCK) == BLOCK && fdatasync(fd) == 0;
        clock_gettime(CLOCK_MONOTONIC, &b);
        double ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
        slowest_ms = ms > slowest_ms ? ms : slowest_ms;
        if (!good) {
            tell(exam, BAD, "fsync", "%s: %s", folder, strerror(errno));
            close(fd);
            return;
        }
    }
    close(fd);
    tell(exam, slowest_ms > SLOW_MS ? NOTE : GOOD, "fsync", "%.1f ms at most in %s%s", slowest_ms,
         folder, slowest_ms > SLOW_MS ? ": a slow disk holds up every worker" : "");
}

static void check_security(struct exam *exam)
{
    uint8_t byte;
    bool random = getrandom(&byte, 1, GRND_NONBLOCK) == 1;
    tell(exam, random ? GOOD : BAD, "random numbers", "%s",
         random ? "ready" : "not ready: keys cannot be made yet");
    bool curve = zmq_has("curve") == 1;
    tell(exam, curve ? GOOD : BAD, "curve", "%s",
         curve ? "workers on other machines can be asked for a key"
               : "this libzmq has none: workers on other machines would join without a key");
}

/* What the workers of a run said of their machines. */
static void check_workers(struct exam *exam, const struct run_dir *run)
{
    char path[4200], text[TEXT_MAX];
    snprintf(path, sizeof path, "%s/" SUMMARY_FILE, run->path);
    json_t *summary = json_load_file(path, 0, NULL);
    json_t *differences = json_object_get(summary, "differences"), *values, *names;
    const char *fact, *value;
    if (!differences)
        tell(exam, NOTE, "workers", "%s is not there yet", path);
    else if (json_object_size(differences) == 0)
        tell(exam, GOOD, "workers", "all %zu of run %s are of one kind",
             json_array_size(json_object_get(summary, "workers")), run->id);
    json_object_foreach(differences, fact, values)
    {
        text[0] = '\0';
        json_object_foreach(values, value, names)
        {
            size_t used = strlen(text), n = json_array_size(names);
            const char *first = json_string_value(json_array_get(names, 0));
            snprintf(text + used, sizeof text - used, "%s%s on %s%s", used ? "; " : "", value,
                     first ? first : "?", n > 1 ? " and others" : "");
        }
        tell(exam, NOTE, fact, "differs: %s", text);
    }
    json_decref(summary);
}

static void check_folder(struct exam *exam, const char *what, const char *path, bool is_journal)
{
    struct statvfs disk;
    struct stat st;
    const char *kind = "";
    enum fs_kind fs = FS_LOCAL;
    if (stat(path, &st) != 0 && errno == ENOENT) {
        tell(exam, GOOD, what, "%s: made when needed", path);
        return;
    }
    if (access(path, W_OK | X_OK) != 0 || statvfs(path, &disk) != 0) {
        tell(exam, BAD, what, "%s: %s", path, strerror(errno));
        return;
    }
    double free_mib = (double)disk.f_bavail * (double)disk.f_frsize / (1 << 20);
    bool network = is_journal && fs_kind_of_path(path, &fs, &kind, NULL) == OK && fs == FS_NETWORK;
    if (free_mib < DISK_MIN_MIB)
        tell(exam, BAD, what, "%s: %.0f MiB free, %d wanted", path, free_mib, DISK_MIN_MIB);
    else if (network)
        tell(exam, NOTE, what, "%s: on %s; runs there are slower and take one process", path, kind);
    else
        tell(exam, GOOD, what, "%s: %.1f GiB free", path, free_mib / 1024);
}

static void check_programs(struct exam *exam)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash && (size_t)(slash + 1 - path) + sizeof WORKER <= sizeof path)
        memcpy(slash + 1, WORKER, sizeof WORKER);
    if (access(path, X_OK) == 0)
        tell(exam, GOOD, "worker", "%s", path);
    else
        tell(exam, NOTE, "worker", "no %s: it must be on the PATH", path);
    const char *point = localeconv()->decimal_point;
    tell(exam, strcmp(point, ".") == 0 ? GOOD : BAD, "locale", "decimal point \"%s\"", point);
    char facts[WORKER_FACTS_MAX];
    worker_facts(facts, sizeof facts);
    bool ieee = strstr(facts, ";floats=IEEE;") != NULL;
    tell(exam, ieee ? GOOD : BAD, "floats", "%s",
         ieee ? "IEEE: to nearest, no flush to zero"
              : "another mode is set: results would differ from other machines'");
    tell(exam, GOOD, "libc", "%s", gnu_get_libc_version());
    tell(exam, GOOD, "engine", "id %.16s", plateau_engine_id());
    for (unsigned i = 0; i < N_VERSIONS; i++)
        tell(exam, GOOD, VERSIONS[i].name, "%s", VERSIONS[i].get());
}

int cli_doctor(int argc, char **argv)
{
    static const char *const columns[] = {"check", "state", "found", NULL};
    struct exam exam = {NULL, 0};
    struct cli_args args;
    const char *runs = "runs";
    int format = CLI_TABLE;
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"format", 0, CLI_CHOICE, &format, "FORM", "form of the output", CLI_FORMATS},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    struct run_dir run;
    struct err_note note = {""};
    if (args.n && run_dir_open(&run, runs, args.at[0], &note) != OK)
        return cli_fail(ERR_NOT_FOUND, &note, NULL);
    if (table_new(&exam.table, columns) != OK)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    char *cache = market_default_cache_dir();
    check_machine(&exam);
    check_clock(&exam);
    check_folder(&exam, "cache", cache ? cache : "?", false);
    check_folder(&exam, "runs", runs, true);
    check_folder(&exam, "working folder", ".", false);
    check_fsync(&exam, access(runs, W_OK) == 0 ? runs : ".");
    check_security(&exam);
    check_programs(&exam);
    if (args.n) {
        check_workers(&exam, &run);
        run_dir_free(&run);
    }
    enum err err = table_print(exam.table, (enum cli_format)format, stdout);
    table_free(&exam.table);
    free(cache);
    if (err)
        return cli_fail(err, NULL, NULL);
    if (exam.n_bad == 0)
        return CLI_OK;
    err_set(&note, ERR_IO, "%u of the checks %s bad", exam.n_bad, exam.n_bad == 1 ? "is" : "are");
    return cli_fail(ERR_IO, &note, "mend what the table calls bad, then run plateau doctor again");
}
