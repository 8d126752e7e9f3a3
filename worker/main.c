/* plateau-worker: computes leased tiles for a coordinator. `plateau run` starts its own;
 * `plateau worker --access FILE` joins one elsewhere. */
#include "engine/plateau_engine.h"
#include "proto/duration.h"
#include "proto/err.h"
#include "worker/net.h"
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, CACHE_MB_MAX = 1 << 20, CREDIT_MAX = 64 };

static const char USAGE[] =
    "usage: plateau-worker --access FILE | --connect ENDPOINT  --cache DIR [--cache-mb N] "
    "[--credit N] [--name S] [--on-coordinator-lost finish|stop|wait=D] [--parent PID]\n"
    "  --access FILE       from `plateau keygen worker`: the coordinator's address and the keys\n"
    "  --connect ENDPOINT  the coordinator: ipc://PATH or tcp://HOST:PORT, instead of the file's\n"
    "  --cache DIR         where market images lie\n"
    "  --cache-mb N        limit of the engine's indicator cache, MiB (default 256)\n"
    "  --credit N          tiles held at once (default 2)\n"
    "  --name S            shown in the journal and in messages (default: host-pid)\n"
    "  --on-coordinator-lost W  when the coordinator is silent for 10 s: wait=D goes on, keeps "
    "the\n"
    "                      results and tries again for D (90s, 10m, 2h; default wait=10m); finish\n"
    "                      computes what is in hand, offers the results for a minute and leaves;\n"
    "                      stop leaves at once, and others compute what was in hand\n"
    "  --parent PID        end with that process, which must be the parent\n"
    "  --version           version and engine id\n"
    "example: plateau-worker --access site-a.access --cache ~/.cache/plateau\n";

static bool parse_number(const char *text, long min, long max, long *out)
{
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (errno || end == text || *end || v < min || v > max)
        return false;
    *out = v;
    return true;
}

/* A local worker ends with its coordinator, and leaves Ctrl-C to it. */
static bool follow_parent(long parent)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return getppid() == (pid_t)parent; /* it may have died before prctl */
}

static bool parse_lost(const char *text, struct worker_options *options, struct err_note *note)
{
    static const char *const WORDS[] = {"finish", "stop", "wait="};
    options->on_lost = SESSION_LOST_FINISH;
    if (strcmp(text, WORDS[0]) == 0)
        return true;
    options->on_lost = SESSION_LOST_STOP;
    if (strcmp(text, WORDS[1]) == 0)
        return true;
    options->on_lost = SESSION_LOST_WAIT;
    if (strncmp(text, WORDS[2], strlen(WORDS[2])) == 0)
        return duration_parse(text + strlen(WORDS[2]), &options->wait_ms, note) == OK;
    const char *near = err_nearest(text, WORDS, 3);
    err_set(note, ERR_FORMAT, "%.60s: finish, stop or wait=D is expected%s%s%s", text,
            near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    return false;
}

static int usage_error(const char *what, const char *value)
{
    fprintf(stderr, "plateau-worker: %s%s\n%s", what, value, USAGE);
    return EXIT_USAGE;
}

static int parse(int argc, char **argv, struct worker_options *options, long *parent)
{
    static const struct option LONG[] = {{"access", required_argument, NULL, 'a'},
                                         {"connect", required_argument, NULL, 'c'},
                                         {"cache", required_argument, NULL, 'd'},
                                         {"cache-mb", required_argument, NULL, 'm'},
                                         {"credit", required_argument, NULL, 'k'},
                                         {"name", required_argument, NULL, 'n'},
                                         {"on-coordinator-lost", required_argument, NULL, 'l'},
                                         {"parent", required_argument, NULL, 'p'},
                                         {"version", no_argument, NULL, 'v'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    struct err_note note = {""};
    long n;
    for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
        switch (c) {
        case 'a':
            options->access = optarg;
            break;
        case 'c':
            options->endpoint = optarg;
            break;
        case 'd':
            options->cache_dir = optarg;
            break;
        case 'm':
            if (!parse_number(optarg, 1, CACHE_MB_MAX, &n))
                return usage_error("--cache-mb: a number of MiB from 1 is expected, not ", optarg);
            options->cache_bytes = (size_t)n << 20;
            break;
        case 'k':
            if (!parse_number(optarg, 1, CREDIT_MAX, &n))
                return usage_error("--credit: a number from 1 to 64 is expected, not ", optarg);
            options->credit = (uint32_t)n;
            break;
        case 'n':
            options->name = optarg;
            break;
        case 'l':
            if (!parse_lost(optarg, options, &note))
                return usage_error("--on-coordinator-lost: ", note.text);
            break;
        case 'p':
            if (!parse_number(optarg, 1, INT32_MAX, parent))
                return usage_error("--parent: a process id is expected, not ", optarg);
            break;
        case 'v':
            printf("plateau-worker %s engine %s\n", PLATEAU_VERSION, plateau_engine_id());
            return -1;
        case 'h':
            fputs(USAGE, stdout);
            return -1;
        default:
            return usage_error("see below", "");
        }
    }
    if (optind < argc)
        return usage_error("not an option: ", argv[optind]);
    if ((!options->endpoint && !options->access) || !options->cache_dir)
        return usage_error("--access (or --connect) and --cache are needed", "");
    return 0;
}

int main(int argc, char **argv)
{
    char host[40] = "worker", name[64];
    struct err_note note = {""};
    long parent = 0;
    gethostname(host, sizeof host - 1);
    snprintf(name, sizeof name, "%s-%ld", host, (long)getpid());
    struct worker_options options = {.name = name,
                                     .cache_bytes = WORKER_CACHE_BYTES,
                                     .cache_limit = WORKER_CACHE_LIMIT,
                                     .credit = WORKER_CREDIT,
                                     .wait_ms = SESSION_WAIT_MS};
    int parsed = parse(argc, argv, &options, &parent);
    if (parsed)
        return parsed < 0 ? 0 : parsed;
    options.child = parent != 0;
    if (parent && !follow_parent(parent))
        return err_exit_code(ERR_NET);
    enum err err = worker_run(&options, &note);
    if (err)
        fprintf(stderr, "plateau-worker %s: %s\n", options.name,
                note.text[0] ? note.text : err_text(err));
    fflush(stderr);
    _exit(err_exit_code(err)); /* a tile may still be in hand: nothing waits for it */
}
