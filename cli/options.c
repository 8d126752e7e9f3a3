#include "cli/cli.h"
#include "cli/help.h"
#include "cli/hint.h"
#include "proto/byte_size.h"
#include "proto/duration.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 32 };

const char *const CLI_FORMATS[] = {"table", "json", "csv", NULL};

/* The parse's own error: the verb's --help is what to do next. */
__attribute__((format(printf, 2, 3))) static int refuse(const char *verb, const char *format, ...)
{
    struct err_note note;
    char next[96];
    va_list args;
    va_start(args, format);
    vsnprintf(note.text, sizeof note.text, format, args);
    va_end(args);
    snprintf(next, sizeof next, "plateau %s --help", verb);
    cli_fail(ERR_SPEC, &note, next);
    return CLI_USAGE;
}

static bool parse_number(const char *text, double *value, const char *suffix)
{
    char *end = NULL;
    if (!isdigit((unsigned char)*text) && !strchr("+-.", *text))
        return false;
    *value = strtod(text, &end); /* main() sets the C locale for numbers */
    return end != text && strcmp(end, suffix) == 0 && isfinite(*value);
}

static bool parse_count(const char *text, uint64_t *value)
{
    char *end = NULL;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static int parse_choice(const char *verb, const struct cli_option *o, const char *text)
{
    unsigned n = 0;
    char all[256] = "";
    for (; o->choices[n]; n++) {
        if (strcmp(o->choices[n], text) == 0) {
            *(int *)o->to = (int)n;
            return -1;
        }
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", n ? ", " : "", o->choices[n]);
    }
    const char *near = err_nearest(text, o->choices, n);
    return refuse(verb, "--%s: found \"%s\", expected one of %s%s%s%s", o->name, text, all,
                  near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

/* -1, or the exit code of a refused value. */
static int set(const char *verb, const struct cli_option *o, const char *text)
{
    double number;
    struct err_note note = {""};
    struct cli_list *list = o->to;
    switch (o->kind) {
    case CLI_FLAG:
        *(bool *)o->to = true;
        return -1;
    case CLI_TEXT:
        *(const char **)o->to = text;
        return -1;
    case CLI_LIST:
        if (list->n == CLI_LIST_MAX)
            return refuse(verb, "--%s: given more than %d times", o->name, CLI_LIST_MAX);
        list->at[list->n++] = text;
        list->at[list->n] = NULL;
        return -1;
    case CLI_COUNT:
        if (!parse_count(text, o->to))
            return refuse(verb, "--%s: found \"%s\", expected a whole number", o->name, text);
        return -1;
    case CLI_NUMBER:
        if (!parse_number(text, o->to, ""))
            return refuse(verb, "--%s: found \"%s\", expected a number", o->name, text);
        return -1;
    case CLI_SHARE:
        if (parse_number(text, &number, "%"))
            number /= 100;
        else if (!parse_number(text, &number, ""))
            number = 0;
        if (!(number > 0 && number <= 1))
            return refuse(verb, "--%s: found \"%s\", expected a share such as 2%% or 0.02", o->name,
                          text);
        *(double *)o->to = number;
        return -1;
    case CLI_DURATION:
        return duration_parse(text, o->to, &note) ? refuse(verb, "--%s: %s", o->name, note.text)
                                                  : -1;
    case CLI_BYTES:
        return byte_size_parse(text, o->to, &note) ? refuse(verb, "--%s: %s", o->name, note.text)
                                                   : -1;
    case CLI_CHOICE:
        return parse_choice(verb, o, text);
    }
    return -1;
}

static const struct cli_option *find(const struct cli_option *options, const char *name,
                                     size_t length)
{
    for (const struct cli_option *o = options; o->name; o++)
        if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
            return o;
    return NULL;
}

static int unknown(const char *verb, const struct cli_option *options, const char *name)
{
    const char *names[OPTIONS_MAX];
    unsigned n = 0;
    for (const struct cli_option *o = options; o->name && n < OPTIONS_MAX; o++)
        names[n++] = o->name;
    const char *near = err_nearest(name, names, n);
    return refuse(verb, "unknown option --%s%s%s%s", name, near ? " (did you mean --" : "",
                  near ? near : "", near ? "?)" : "");
}

/* One option at argv[*i], its value perhaps at argv[*i + 1]. -1, or an exit code. */
static int take_option(int argc, char **argv, const struct cli_option *options, int *i)
{
    const char *verb = argv[0], *arg = argv[*i], *value = NULL;
    const struct cli_option *o = NULL;
    if (arg[1] == '-') {
        const char *equals = strchr(arg, '=');
        size_t length = equals ? (size_t)(equals - arg) - 2 : strlen(arg) - 2;
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)length, arg + 2);
        o = find(options, name, strlen(name));
        if (!o)
            return unknown(verb, options, name);
        value = equals ? equals + 1 : NULL;
        if (value && o->kind == CLI_FLAG)
            return refuse(verb, "--%s takes no value", o->name);
    } else {
        for (o = options; o->name && o->letter != arg[1]; o++)
            ;
        if (!o->name)
            return refuse(verb, "unknown option -%c", arg[1]);
        if (arg[2] && o->kind == CLI_FLAG)
            return refuse(verb, "-%c takes no value", o->letter);
        value = arg[2] ? arg + 2 : NULL;
    }
    if (!value && o->kind != CLI_FLAG) {
        if (*i + 1 >= argc)
            return refuse(verb, "--%s needs a value: --%s %s", o->name, o->name, o->value);
        value = argv[++*i];
    }
    return set(verb, o, value);
}

int cli_parse(int argc, char **argv, const struct cli_option *options, int min_args, int max_args,
              struct cli_args *args)
{
    bool only_args = false;
    enum help_form form;
    *args = (struct cli_args){.n = 0};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (!only_args && help_asked(arg, &form)) {
            help_verb(argv[0], options, form, stdout);
            return CLI_OK;
        }
        if (!only_args && strcmp(arg, "--") == 0) {
            only_args = true;
        } else if (!only_args && arg[0] == '-' && arg[1]) {
            int code = take_option(argc, argv, options, &i);
            if (code >= 0)
                return code;
        } else if (args->n == max_args || args->n == CLI_ARGS_MAX) {
            return refuse(argv[0], "unexpected argument \"%s\"", arg);
        } else {
            args->at[args->n++] = arg;
        }
    }
    if (args->n < min_args)
        return refuse(argv[0], "an argument is missing: plateau %s %s", argv[0],
                      help_arguments(argv[0]));
    hint_learn(argv[0], options, args);
    return -1;
}
