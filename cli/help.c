#include "cli/help.h"
#include <string.h>

enum { OPTION_WIDTH = 28 };

static const struct verb {
    const char *name, *arguments, *summary, *example; /* name NULL: summary heads what follows */
} verbs[] = {
#define G(heading) {NULL, NULL, heading, NULL},
#define X(name, arguments, summary, example) {#name, arguments, summary, example},
    CLI_VERBS(X, G)
#undef X
#undef G
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static const struct {
    int code;
    const char *text;
} exits[] = {{CLI_OK, "ok"},
             {CLI_CELLS_FAILED, "some cells failed"},
             {CLI_USAGE, "usage or spec error: nothing started"},
             {CLI_INFRASTRUCTURE, "infrastructure: disk, network, workers"},
             {CLI_GATE, "gate failed"},
             {CLI_DIFFERENCE, "difference found"},
             {CLI_PLAN_HAS_WORK, "plan has work (only with --exit-code)"},
             {CLI_TIMEOUT, "timeout"},
             {CLI_INTERRUPTED, "interrupted, state saved"},
             {CLI_TERMINATED, "terminated, state saved"}};
enum { N_EXITS = sizeof exits / sizeof exits[0] };

static const struct {
    const char *name, *text;
} environment[] = {
    {"PLATEAU_CACHE", "folder of market images (default: $XDG_CACHE_HOME/plateau, or "
                      "~/.cache/plateau)"},
    {"PLATEAU_LEDGER", "the trial ledger (default: ~/.local/share/plateau/ledger.db)"},
    {"NO_COLOR", "no colours on the terminal"},
};
static const char *const first_steps[] = {"init sweep.yaml", "plan sweep.yaml", "run sweep.yaml",
                                          "heatmap sharpe"};
#define SUMMARY "parameter sweeps of trading-strategy backtests"
#define STREAMS "Data goes to standard output, progress and messages to standard error."

bool help_asked(const char *argument, enum help_form *form)
{
    static const char *const words[] = {"--help", "--help=man", "--help=words"};
    for (int f = HELP_TEXT; f <= HELP_WORDS; f++)
        if (strcmp(argument, words[f]) == 0) {
            *form = (enum help_form)f;
            return true;
        }
    *form = HELP_TEXT;
    return strcmp(argument, "-h") == 0;
}

static const struct verb *find(const char *name)
{
    for (int i = 0; i < N_VERBS; i++)
        if (verbs[i].name && strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

const char *help_arguments(const char *verb)
{
    const struct verb *v = find(verb);
    return v ? v->arguments : "";
}

/* ---- man pages ---- */

/* Text as roff: what would begin a request or an escape does not. */
static void roff(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            putc(*text, out);
    }
}

static void roff_upper(FILE *out, const char *text)
{
    for (; *text; text++)
        putc(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text, out);
}

static void man_item(FILE *out, const char *left, const char *right, const char *text)
{
    fputs(".TP\n\\fB", out);
    roff(out, left);
    fputs("\\fR", out);
    if (*right) {
        fputs(" \\fI", out);
        roff(out, right);
        fputs("\\fR", out);
    }
    putc('\n', out);
    roff(out, text);
    putc('\n', out);
}

static void man_head(FILE *out, const char *verb, const char *summary)
{
    fputs(".TH PLATEAU", out);
    if (*verb) {
        putc('-', out);
        roff_upper(out, verb);
    }
    fprintf(out, " 1 \"\" \"Plateau %s\" \"User Commands\"\n.SH NAME\nplateau%s%s \\- ",
            PLATEAU_VERSION, *verb ? "-" : "", verb);
    roff(out, summary);
    putc('\n', out);
}

static void program_man(FILE *out)
{
    man_head(out, "", SUMMARY);
    fputs(".SH SYNOPSIS\n.B plateau\n\\fIVERB\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n"
          "Plateau computes a grid of portfolio backtests described by a sweep file, on all cores "
          "of a machine or of a cluster, keeps every result in a journal that survives crashes, "
          "writes results.h5, heatmaps and a report, and judges whether a choice of parameters "
          "stands on a plateau. The same sweep on the same data gives the same bits.\n.PP\n"
          "\\fBplateau VERB \\-\\-help\\fR, or the page \\fBplateau\\-VERB\\fR(1), shows the "
          "options of a verb with an example. " STREAMS "\n"
          "\\fIRUN\\fR is a folder, an id or \\fBlast\\fR; \\fICELL\\fR is POINT, POINT:SCENARIO "
          "or \\fBbest\\fR.\n.SH VERBS\n",
          out);
    for (int i = 0; i < N_VERBS; i++)
        if (verbs[i].name)
            man_item(out, verbs[i].name, verbs[i].arguments, verbs[i].summary);
        else
            fprintf(out, ".SS %s\n", verbs[i].summary);
    fputs(".SH EXIT STATUS\n", out);
    for (int i = 0; i < N_EXITS; i++)
        fprintf(out, ".TP\n%d\n%s\n", exits[i].code, exits[i].text);
    fputs(".SH ENVIRONMENT\n", out);
    for (size_t i = 0; i < sizeof environment / sizeof environment[0]; i++)
        man_item(out, environment[i].name, "", environment[i].text);
    fputs(".SH EXAMPLE\n.nf\n", out);
    for (size_t i = 0; i < sizeof first_steps / sizeof first_steps[0]; i++)
        fprintf(out, "plateau %s\n", first_steps[i]);
    fputs(".fi\n.SH SEE ALSO\n", out);
    for (int i = 0; i < N_VERBS; i++)
        if (verbs[i].name)
            fprintf(out, "\\fBplateau\\-%s\\fR(1),\n", verbs[i].name);
    fputs("\\fBplateau\\-worker\\fR(1)\n", out);
}

static void option_left(char *left, size_t size, const struct cli_option *o)
{
    if (o->letter)
        snprintf(left, size, "-%c, --%s", o->letter, o->name);
    else
        snprintf(left, size, "--%s", o->name);
}

static void verb_man(const struct verb *v, const struct cli_option *options, FILE *out)
{
    char left[96];
    man_head(out, v->name, v->summary);
    fprintf(out, ".SH SYNOPSIS\n.B plateau %s\n[\\fIoptions\\fR] ", v->name);
    roff(out, v->arguments);
    fputs("\n.SH OPTIONS\n", out);
    for (const struct cli_option *o = options; o->name; o++) {
        option_left(left, sizeof left, o);
        man_item(out, left, o->value ? o->value : "", o->text);
        for (const char *const *c = o->choices; c && *c; c++)
            fprintf(out, "%s%s%s", c == o->choices ? "(" : ", ", *c, c[1] ? "" : ")\n");
    }
    man_item(out, "-h, --help", "", "this help");
    fputs(".SH EXAMPLE\n.nf\nplateau ", out);
    roff(out, v->example);
    fputs("\n.fi\n.SH SEE ALSO\n\\fBplateau\\fR(1)\n", out);
}

/* ---- text ---- */

static void program_text(FILE *out)
{
    int width = 0;
    for (int i = 0; i < N_VERBS; i++)
        if (verbs[i].name && (int)strlen(verbs[i].name) > width)
            width = (int)strlen(verbs[i].name);
    fprintf(out, "plateau - " SUMMARY "\n\nusage: plateau VERB [options]\n");
    for (int i = 0; i < N_VERBS; i++)
        if (verbs[i].name)
            fprintf(out, "  %-*s %s\n", width, verbs[i].name, verbs[i].summary);
        else
            fprintf(out, "\n%s:\n", verbs[i].summary);
    fprintf(out, "\n`plateau VERB --help` shows options and an example. " STREAMS "\n\n"
                 "exit codes:\n");
    for (int i = 0; i < N_EXITS; i++)
        fprintf(out, "  %3d  %s\n", exits[i].code, exits[i].text);
    fprintf(out, "\nfirst steps:\n");
    for (size_t i = 0; i < sizeof first_steps / sizeof first_steps[0]; i++)
        fprintf(out, "  plateau %s\n", first_steps[i]);
}

static void verb_text(const struct verb *v, const struct cli_option *options, FILE *out)
{
    fprintf(out, "plateau %s - %s\n\nusage: plateau %s [options]%s%s\n\noptions:\n", v->name,
            v->summary, v->name, *v->arguments ? " " : "", v->arguments);
    for (const struct cli_option *o = options; o->name; o++) {
        char left[96], letter[8] = "    ";
        if (o->letter)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        fprintf(out, "  %-*s %s", OPTION_WIDTH, left, o->text);
        for (const char *const *c = o->choices; c && *c; c++)
            fprintf(out, "%s%s%s", c == o->choices ? " (" : ", ", *c, c[1] ? "" : ")");
        putc('\n', out);
    }
    fprintf(out, "  %-*s %s\n\nexample:\n  plateau %s\n", OPTION_WIDTH, "-h, --help", "this help",
            v->example);
}

/* ---- words ---- */

static void verb_words(const struct verb *v, const struct cli_option *options, FILE *out)
{
    for (const struct cli_option *o = options; o->name; o++) {
        fprintf(out, "--%s%s", o->name, o->kind == CLI_FLAG ? "" : "=");
        for (const char *const *c = o->choices; c && *c; c++)
            fprintf(out, " %s", *c);
        putc('\n', out);
    }
    fprintf(out, "--help\n@%s\n", v->arguments);
}

void help_program(enum help_form form, FILE *out)
{
    if (form == HELP_MAN)
        program_man(out);
    else if (form == HELP_TEXT)
        program_text(out);
    else
        for (int i = 0; i < N_VERBS; i++)
            if (verbs[i].name)
                fprintf(out, "%s\n", verbs[i].name);
}

void help_verb(const char *verb, const struct cli_option *options, enum help_form form, FILE *out)
{
    const struct verb *v = find(verb);
    if (!v)
        return;
    if (form == HELP_MAN)
        verb_man(v, options, out);
    else if (form == HELP_TEXT)
        verb_text(v, options, out);
    else
        verb_words(v, options, out);
}
