#include "cli/report_page.h"
#include "cli/picture.h"
#include "frontend/bundle.h"
#include "review/figures.h"
#include "review/heatmap_cairo.h"
#include "review/report_json.h"
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

bool report_page_is_static(void)
{
    return FRONTEND_SCRIPT_BYTES == 0;
}

/* ---- head ---- */

static void put_hash(FILE *out, const unsigned char *bytes, size_t n)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256(hash, bytes, n);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    fprintf(out, "'sha256-%s'", text);
}

/* Nothing may be fetched; only this program's script and style run. Pictures are data: URIs. */
static void put_policy(FILE *out)
{
    fputs(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
        "base-uri 'none'; form-action 'none'; style-src ",
        out);
    put_hash(out, FRONTEND_STYLE, FRONTEND_STYLE_BYTES);
    fputs("; script-src ", out);
    if (report_page_is_static())
        fputs("'none'", out);
    else
        put_hash(out, FRONTEND_SCRIPT, FRONTEND_SCRIPT_BYTES);
    fputs("\">\n", out);
}

/* ---- the words and pictures ---- */

static void put_number(FILE *out, double value)
{
    if (isnan(value))
        fputs("&ndash;", out);
    else
        fprintf(out, "%.4g", value);
}

static void put_pick(FILE *out, const struct reviewing *v, const char *name, uint64_t point,
                     const struct surface_point *at, double validation)
{
    const struct sweep *sweep = v->run.job.sweep;
    uint32_t levels[SWEEP_AXES_MAX];
    if (point == REVIEW_NONE)
        return;
    sweep_levels(sweep, point, levels);
    fprintf(out, "<tr><th>%s</th><td>%llu</td><td>", name, (unsigned long long)point);
    const double values[] = {v->data.f[point], at->nb_median, at->nb_min, validation};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        put_number(out, values[i]);
        fputs("</td><td>", out);
    }
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
        fputs(a ? ", " : "", out);
        report_html_text(out, sweep_axis(sweep, a)->label);
        fputs(" = ", out);
        report_html_text(out, sweep_axis(sweep, a)->texts[levels[a]]);
    }
    fputs("</td></tr>\n", out);
}

static void put_verdict(FILE *out, const struct reviewing *v)
{
    const struct review *r = &v->review;
    char words[512];
    fprintf(out, "<h2>Verdict: %s</h2>\n<ul>\n", VERDICT_NAME[r->verdict.class]);
    for (uint32_t i = 0; i < review_n_reasons(r); i++) {
        fprintf(out, "<li><b>%s</b>: ", review_reason(r, i, words, sizeof words));
        report_html_text(out, words);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n<table><tr><th>pick</th><th>point</th><th>train</th><th>median neighbour</th>"
          "<th>worst neighbour</th><th>validation</th><th>parameters</th></tr>\n",
          out);
    if (r->chosen != r->robust && r->chosen != r->peak)
        put_pick(out, v, "chosen", r->chosen, &r->at_chosen, r->val_chosen);
    put_pick(out, v, "robust", r->robust, &r->at_robust, r->val_robust);
    put_pick(out, v, "peak", r->peak, &r->at_peak, r->val_peak);
    fputs("</table>\n", out);
}

static void put_figures(FILE *out, const struct reviewing *v)
{
    double values[N_FIGURES];
    figures_of(&v->review, values);
    fputs("<h2>Every number</h2>\n<table>\n", out);
    for (int i = 0; i < N_FIGURES; i++) {
        if (isnan(values[i]))
            continue;
        fprintf(out, "<tr><td>%s.%s</td><td>", FIGURES[i].group, FIGURES[i].name);
        put_number(out, values[i]);
        fputs("</td><td>", out);
        report_html_text(out, FIGURES[i].text);
        fputs("</td></tr>\n", out);
    }
    fputs("</table>\n", out);
}

static enum err put_image(FILE *out, const struct heatmap *map, struct err_note *note)
{
    char *png = NULL, *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&png, &length);
    enum err err = memory ? heatmap_draw(map, CANVAS_PNG, memory, note) : ERR_NOMEM;
    if (memory && fclose(memory) != 0 && !err)
        err = ERR_NOMEM;
    if (!err) {
        size_t size = sodium_base64_ENCODED_LEN(length, sodium_base64_VARIANT_ORIGINAL);
        text = malloc(size);
        err = text ? OK : ERR_NOMEM;
        if (text)
            sodium_bin2base64(text, size, (const unsigned char *)png, length,
                              sodium_base64_VARIANT_ORIGINAL);
    }
    if (!err) {
        fputs("<p><img alt=\"", out);
        report_html_text(out, map->title);
        fputs(", ", out);
        report_html_text(out, map->subtitle);
        fprintf(out, "\" src=\"data:image/png;base64,%s\"></p>\n", text);
    }
    free(text);
    free(png);
    return err;
}

/* What cannot be drawn (too many levels, too many panels) is said in its place. */
static enum err put_picture(FILE *out, const struct reviewing *v, uint32_t metric,
                            const char *facet, struct err_note *note)
{
    struct picture_request request = {
        .metric = METRIC_INFO[metric].name, .facet = facet, .statistic = PROJECTION_MEDIAN};
    char mark[32];
    snprintf(mark, sizeof mark, "%llu", (unsigned long long)v->review.chosen);
    request.mark = mark;
    struct picture *picture = malloc(sizeof *picture);
    enum err err = picture ? picture_make(picture, &v->run, &request, note) : ERR_NOMEM;
    if (!err) {
        err = put_image(out, &picture->map, note);
        picture_free(picture);
    } else if (err == ERR_RANGE) {
        fprintf(out, "<p>%s: ", METRIC_INFO[metric].name);
        report_html_text(out, note->text);
        fputs("</p>\n", out);
        note->text[0] = '\0';
        err = OK;
    }
    free(picture);
    return err;
}

static enum err put_pictures(FILE *out, const struct reviewing *v, struct err_note *note)
{
    static const uint32_t others[] = {METRIC_total_return, METRIC_mdd, METRIC_n_trades};
    enum err err = put_picture(out, v, v->objective, NULL, note);
    if (!err && job_n_open_periods(&v->run.job) > 1)
        err = put_picture(out, v, v->objective, "period", note);
    for (size_t i = 0; !err && i < sizeof others / sizeof others[0]; i++)
        err = put_picture(out, v, others[i], NULL, note);
    canvas_end();
    return err;
}

static enum err put_static(FILE *out, const struct reviewing *v, struct err_note *note)
{
    fputs("<main class=\"static\">\n<h1>", out);
    report_html_text(out, v->run.id);
    fputs("</h1>\n<p class=\"missing\">", out);
    fputs(report_page_is_static()
              ? "This page holds the verdict, its numbers and pictures. What is missing: the "
                "explorer of every metric and axis, equity curves, trades and the charts of the "
                "statistics. The program that wrote it was built without Node.js; "
                "<code>scripts/setup.sh</code> and a new build add them."
              : "This page needs JavaScript for the explorer and the charts. Here is the verdict.",
          out);
    fputs("</p>\n", out);
    put_verdict(out, v);
    enum err err = report_page_is_static() ? put_pictures(out, v, note) : OK;
    put_figures(out, v);
    fputs("</main>\n", out);
    return err;
}

enum err report_page_head(FILE *out, const struct reviewing *v, struct err_note *note)
{
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", out);
    put_policy(out);
    fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta name=\"generator\" content=\"plateau\">\n<title>",
          out);
    report_html_text(out, v->run.id);
    fprintf(out, " &middot; %s</title>\n<style>", VERDICT_NAME[v->review.verdict.class]);
    fwrite(FRONTEND_STYLE, 1, FRONTEND_STYLE_BYTES, out);
    fputs("</style>\n</head>\n<body>\n", out);
    if (!report_page_is_static())
        fputs("<div id=\"app\"></div>\n<noscript>\n", out);
    enum err err = put_static(out, v, note);
    if (!report_page_is_static())
        fputs("</noscript>\n", out);
    return err ? err : ferror(out) ? ERR_IO : OK;
}

enum err report_page_tail(FILE *out)
{
    if (!report_page_is_static()) {
        fputs("<script>", out);
        fwrite(FRONTEND_SCRIPT, 1, FRONTEND_SCRIPT_BYTES, out);
        fputs("</script>\n", out);
    }
    fputs("</body>\n</html>\n", out);
    return ferror(out) ? ERR_IO : OK;
}
