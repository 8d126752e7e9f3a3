#include "cli/progress.h"
#include <math.h>
#include <string.h>

enum { COUNT_TEXT = 32, BAR_MIN = 10, BAR_MAX = 40, LINE_MAX_BYTES = 256 };

void progress_count(char *out, size_t size, uint64_t n)
{
    char digits[COUNT_TEXT];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n),
           used = 0;
    for (size_t i = 0; i < length && used + 2 < size; i++) {
        if (i && (length - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

void progress_span(char *out, size_t size, double seconds)
{
    if (!(seconds >= 0) || seconds > 1e9) {
        snprintf(out, size, "?");
        return;
    }
    long whole = (long)(seconds + 0.5);
    if (whole < 60)
        snprintf(out, size, "%ld s", whole);
    else if (whole < 3600)
        snprintf(out, size, "%ld:%02ld", whole / 60, whole % 60);
    else
        snprintf(out, size, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
}

static double share(const struct progress_state *state)
{
    return state->total ? (double)state->done / (double)state->total : 1;
}

void progress_line(char *out, size_t size, int columns, const struct progress_state *state)
{
    char done[COUNT_TEXT], total[COUNT_TEXT], rate[COUNT_TEXT] = "?", left[COUNT_TEXT];
    char tail[LINE_MAX_BYTES], failed[COUNT_TEXT + 16] = "";
    progress_count(done, sizeof done, state->done);
    progress_count(total, sizeof total, state->total);
    if (state->rate >= 0)
        progress_count(rate, sizeof rate, (uint64_t)state->rate);
    progress_span(left, sizeof left, state->eta_s);
    if (state->failed)
        snprintf(failed, sizeof failed, "  %llu failed", (unsigned long long)state->failed);
    snprintf(tail, sizeof tail, "%s of %s cells  %s/s  %s left  %u worker%s%s", done, total, rate,
             left, state->n_workers, state->n_workers == 1 ? "" : "s", failed);
    int bar = columns - (int)strlen(tail) - 12; /* "100 % [" and "] " around it, one column free */
    if (columns == 0 || bar < BAR_MIN) {
        snprintf(out, size, "%3.0f %%  %s", floor(100 * share(state)), tail);
        if (columns > 0 && (size_t)columns < size)
            out[columns - 1] = '\0'; /* a line that wraps cannot be redrawn */
        return;
    }
    bar = bar > BAR_MAX ? BAR_MAX : bar;
    char drawing[BAR_MAX + 1];
    int full = (int)(share(state) * bar);
    memset(drawing, '#', (size_t)full);
    memset(drawing + full, '.', (size_t)(bar - full));
    drawing[bar] = '\0';
    snprintf(out, size, "%3.0f %% [%s] %s", floor(100 * share(state)), drawing, tail);
}

void progress_init(struct progress *progress, FILE *out, int columns, bool quiet)
{
    *progress = (struct progress){.out = out, .columns = columns, .quiet = quiet};
}

static void draw(struct progress *progress, const struct progress_state *state)
{
    char line[LINE_MAX_BYTES + BAR_MAX + 16];
    progress_line(line, sizeof line, progress->columns, state);
    if (progress->columns)
        fprintf(progress->out, "\r\033[K%s", line);
    else
        fprintf(progress->out, "%s\n", line);
    fflush(progress->out);
    progress->drawn = true;
}

void progress_show(struct progress *progress, const struct progress_state *state)
{
    if (progress->quiet)
        return;
    if (progress->columns == 0 && state->elapsed_s - progress->last_line_s < PROGRESS_LINE_EVERY_S)
        return;
    progress->last_line_s = state->elapsed_s;
    draw(progress, state);
}

void progress_end(struct progress *progress, const struct progress_state *state)
{
    if (progress->quiet || !progress->drawn)
        return;
    draw(progress, state);
    if (progress->columns)
        fputc('\n', progress->out);
}
