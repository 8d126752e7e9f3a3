/* doctor - is this machine fit to run? One line per check: ok, note or bad, with what to do about
 * it. */
#include "cli/cli.h"
#include "cli/table.h"
#include "cli/versions.h"
#include "coordinator/fs_kind.h"
#include "engine/plateau_engine.h"
#include "market/market.h"
#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

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

static const char *vector_level(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return "AVX-512";
    if (__builtin_cpu_supports("avx2"))
        return "AVX2";
    return "SSE2: runs are several times slower than with AVX2";
#elif defined(__aarch64__)
    return "NEON";
#else
    return "none";
#endif
}

static void check_machine(struct exam *exam)
{
    struct rlimit files, memory;
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGE_SIZE);
    tell(exam, GOOD, "cpu", "%ld cores, %s", sysconf(_SC_NPROCESSORS_ONLN), vector_level());
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
    int code = cli_parse(argc, argv, options, 0, 0, &args);
    if (code >= 0)
        return code;
    if (table_new(&exam.table, columns) != OK)
        return cli_fail(ERR_NOMEM, NULL, NULL);
    char *cache = market_default_cache_dir();
    check_machine(&exam);
    check_clock(&exam);
    check_folder(&exam, "cache", cache ? cache : "?", false);
    check_folder(&exam, "runs", runs, true);
    check_folder(&exam, "working folder", ".", false);
    check_programs(&exam);
    enum err err = table_print(exam.table, (enum cli_format)format, stdout);
    table_free(&exam.table);
    free(cache);
    if (err)
        return cli_fail(err, NULL, NULL);
    if (exam.n_bad == 0)
        return CLI_OK;
    struct err_note note;
    err_set(&note, ERR_IO, "%u of the checks are bad", exam.n_bad);
    return cli_fail(ERR_IO, &note, "mend what the table calls bad, then run plateau doctor again");
}
