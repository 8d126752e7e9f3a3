#include "cli/hint.h"
#include "cli/help.h"
#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

enum { WORD_MAX = 512 };

static struct {
    const char *verb, *spec, *runs;
    char run[WORD_MAX];
} known;

static bool is_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._/:@%+=,-", *c))
            return false;
    return *text != 0;
}

static void quote(char *out, size_t size, const char *text)
{
    size_t n = 0;
    if (is_plain(text)) {
        snprintf(out, size, "%s", text);
        return;
    }
    n += (size_t)snprintf(out, size, "'");
    for (const char *c = text; *c && n + sizeof "'\\'''" < size; c++)
        n += (size_t)snprintf(out + n, size - n, *c == '\'' ? "'\\''" : "%c", *c);
    snprintf(out + n, size - n, "'");
}

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* A word of the verb's usage, as "RUN", "[RUN]", "SPEC|RUN", and what stands in its place. */
static void learn_argument(const char *word, size_t length, const char *value)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    bool spec = strstr(name, "SPEC") != NULL, run = strstr(name, "RUN") != NULL;
    if (spec && (!run || (value && is_file(value))))
        known.spec = value;
    else if (run && !known.run[0])
        hint_set_run(value ? value : "last");
}

void hint_learn(const char *verb, const struct cli_option *options, const struct cli_args *args)
{
    const char *word = help_arguments(verb);
    known.verb = verb;
    known.spec = known.runs = NULL;
    known.run[0] = 0;
    for (const struct cli_option *o = options; o->name; o++)
        if (strcmp(o->name, "dir") == 0 && o->kind == CLI_TEXT)
            known.runs = *(const char **)o->to;
    for (int i = 0; *word; i++) {
        size_t length = strcspn(word, " ");
        learn_argument(word, length, i < args->n ? args->at[i] : NULL);
        word += length + strspn(word + length, " ");
    }
}

void hint_set_run(const char *which)
{
    snprintf(known.run, sizeof known.run, "%s", which);
}

bool hint_knows_run(void)
{
    return known.run[0] != 0;
}

const char *hint_run(const char *which)
{
    static char text[2 * WORD_MAX + 16];
    char run[WORD_MAX], runs[WORD_MAX];
    quote(run, sizeof run, which);
    if (!known.runs || strcmp(known.runs, "runs") == 0 || strchr(which, '/')) {
        snprintf(text, sizeof text, "%s", run);
        return text;
    }
    quote(runs, sizeof runs, known.runs);
    snprintf(text, sizeof text, "%s --dir %s", run, runs);
    return text;
}

/* What a word of a text stands for; NULL: for itself. */
static const char *value_of(const char *word, size_t length, char *room, size_t size)
{
    const char *value = NULL;
    if (length == 4 && memcmp(word, "VERB", 4) == 0)
        return known.verb;
    if (length == 3 && memcmp(word, "RUN", 3) == 0)
        return known.run[0] ? hint_run(known.run) : NULL;
    if (length == 4 && memcmp(word, "SPEC", 4) == 0)
        value = known.spec;
    if (length == 4 && memcmp(word, "RUNS", 4) == 0)
        value = known.runs;
    if (!value)
        return NULL;
    quote(room, size, value);
    return room;
}

void hint_fill(char *out, size_t size, const char *text)
{
    char room[WORD_MAX];
    size_t n = 0;
    out[0] = 0;
    while (*text && n + 1 < size) {
        size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        const char *value = length ? value_of(text, length, room, sizeof room) : NULL;
        if (length == 0)
            length = 1;
        int written = value ? snprintf(out + n, size - n, "%s", value)
                            : snprintf(out + n, size - n, "%.*s", (int)length, text);
        n += (size_t)written;
        text += length;
    }
}
