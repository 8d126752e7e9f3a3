#include "worker/options.h"
#include "engine/plateau_engine.h"
#include "proto/byte_size.h"
#include "proto/duration.h"
#include "worker/supervisor.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, CACHE_MB_MAX = 1 << 20, CREDIT_MAX = 64 };

static const char USAGE[] =
    "usage: plateau-worker --access FILE | --connect ENDPOINT  --cache DIR "
    "[--name S] [--slots N] [options]\n"
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
    "  --slots N           processes that share one image, each computing one tile at a time; "
    "crashed\n"
    "                      ones are started again (default 1)\n"
    "  --share-planes W    yes, no: indicators of the image are computed once per host, kept in "
    "the\n"
    "                      cache and mapped by all (default: yes with more than one slot)\n"
    "  --cache-limit SIZE  most that the cache may hold: what was not used for longest goes, "
    "never\n"
    "                      what is in use (default 16G)\n"
    "  --time-limit D      leaves within that time (90s, 10m, 2h), finishing what it can\n"
    "  --idle-timeout D    leaves when there was nothing to compute for that long\n"
    "  --recycle-after N   after N tiles a fresh process takes over\n"
    "  --max-rss SIZE      likewise, over that much memory of its own, without the shared image\n"
    "  --parent PID        end with that process, which must be the parent\n"
    "  --version           version and engine id\n"
    "SIGTERM: finishes its tile, hands it in and leaves; a second one: at once\n"
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
    fprintf(stderr, "plateau-worker: %s%s\n  next: plateau-worker --help\n", what, value);
    return EXIT_USAGE;
}

/* What getopt_long() did not take: '?' an option that is none or takes no value, ':' one that lacks
 * its value. */
static int refuse_option(int why, const char *arg, const struct option *options)
{
    enum { OPTIONS_MAX = 32 };
    const char *names[OPTIONS_MAX];
    char word[64], near_text[64] = "";
    unsigned n = 0;
    if (why == ':')
        return usage_error(arg, " needs a value");
    if (optopt > 0 && optopt != '?' && strncmp(arg, "--", 2) == 0)
        return usage_error(arg, ": the option takes no value");
    for (; options[n].name && n < OPTIONS_MAX; n++)
        names[n] = options[n].name;
    snprintf(word, sizeof word, "%s", arg + strspn(arg, "-"));
    word[strcspn(word, "=")] = 0;
    const char *near = err_nearest(word, names, n);
    if (near)
        snprintf(near_text, sizeof near_text, " (did you mean --%s?)", near);
    char what[160];
    snprintf(what, sizeof what, "unknown option %.60s", arg);
    return usage_error(what, near_text);
}

/* How long and how large: 0, or the exit code of a refusal. */
static int parse_limit(int c, const char *text, struct options *out)
{
    struct life_limits *life = &out->worker.life;
    struct err_note note = {""};
    long n;
    switch (c) {
    case 's':
        if (!parse_number(text, 0, SUPERVISOR_SLOTS_MAX, &n))
            return usage_error("--slots: expected a number from 1 to 1024, found ", text);
        out->slots = (uint32_t)n;
        break;
    case 'm':
        if (!parse_number(text, 1, CACHE_MB_MAX, &n))
            return usage_error("--cache-mb: expected a number of MiB from 1, found ", text);
        out->worker.cache_bytes = (size_t)n << 20;
        break;
    case 'k':
        if (!parse_number(text, 1, CREDIT_MAX, &n))
            return usage_error("--credit: expected a number from 1 to 64, found ", text);
        out->worker.credit = (uint32_t)n;
        break;
    case 'P':
        if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
            return usage_error("--share-planes: expected yes or no, found ", text);
        out->share = strcmp(text, "yes") == 0 ? SHARE_YES : SHARE_NO;
        break;
    case 'L':
        if (byte_size_parse(text, &out->worker.cache_limit, &note))
            return usage_error("--cache-limit: ", note.text);
        break;
    case 't':
        if (duration_parse(text, &life->time_ms, &note))
            return usage_error("--time-limit: ", note.text);
        break;
    case 'i':
        if (duration_parse(text, &life->idle_ms, &note))
            return usage_error("--idle-timeout: ", note.text);
        break;
    case 'r':
        if (!parse_number(text, 1, INT32_MAX, &n))
            return usage_error("--recycle-after: expected a number of tiles, found ", text);
        life->tiles = (uint64_t)n;
        break;
    case 'x':
        if (byte_size_parse(text, &life->bytes, &note))
            return usage_error("--max-rss: ", note.text);
        break;
    }
    return 0;
}

int options_parse(int argc, char **argv, struct options *out)
{
    struct worker_options *options = &out->worker;
    static const struct option LONG[] = {{"access", required_argument, NULL, 'a'},
                                         {"connect", required_argument, NULL, 'c'},
                                         {"cache", required_argument, NULL, 'd'},
                                         {"cache-mb", required_argument, NULL, 'm'},
                                         {"credit", required_argument, NULL, 'k'},
                                         {"name", required_argument, NULL, 'n'},
                                         {"slots", required_argument, NULL, 's'},
                                         {"share-planes", required_argument, NULL, 'P'},
                                         {"cache-limit", required_argument, NULL, 'L'},
                                         {"time-limit", required_argument, NULL, 't'},
                                         {"idle-timeout", required_argument, NULL, 'i'},
                                         {"recycle-after", required_argument, NULL, 'r'},
                                         {"max-rss", required_argument, NULL, 'x'},
                                         {"on-coordinator-lost", required_argument, NULL, 'l'},
                                         {"parent", required_argument, NULL, 'p'},
                                         {"version", no_argument, NULL, 'v'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    struct err_note note = {""};
    opterr = 0; /* one line, of our own */
    for (int c; (c = getopt_long(argc, argv, ":", LONG, NULL)) != -1;) {
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
        case 'n':
            options->name = optarg;
            break;
        case 'l':
            if (!parse_lost(optarg, options, &note))
                return usage_error("--on-coordinator-lost: ", note.text);
            break;
        case 'p':
            if (!parse_number(optarg, 1, INT32_MAX, &out->parent))
                return usage_error("--parent: expected a process id, found ", optarg);
            break;
        case 'v':
            printf("plateau-worker %s engine %s\n", PLATEAU_VERSION, plateau_engine_id());
            return 0;
        case 'h':
            fputs(USAGE, stdout);
            return 0;
        case '?':
        case ':':
            return refuse_option(c, argv[optind - 1], LONG);
        default:
            if (parse_limit(c, optarg, out))
                return EXIT_USAGE;
        }
    }
    if (optind < argc)
        return usage_error("not an option: ", argv[optind]);
    if ((!options->endpoint && !options->access) || !options->cache_dir)
        return usage_error("--access (or --connect) and --cache are needed", "");
    return -1;
}
