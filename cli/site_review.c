#include "cli/site_review.h"
#include "coordinator/h5_review.h"
#include "review/report_json.h"
#include <stdio.h>
#include <string.h>

static json_t *point_or_null(uint64_t point)
{
    return point == H5_REVIEW_NONE ? json_null() : json_integer((json_int_t)point);
}

/* "name: words" */
static json_t *reasons_of(const struct h5_texts *reasons)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < reasons->n; i++) {
        char name[64];
        const char *text = reasons->at[i], *colon = strstr(text, ": ");
        snprintf(name, sizeof name, "%.*s", colon ? (int)(colon - text) : 0, text);
        json_array_append_new(out, json_pack("{s:o, s:o}", "name", report_json_text(name), "words",
                                             report_json_text(colon ? colon + 2 : text)));
    }
    return out;
}

static json_t *figures_of(const struct h5_review *r)
{
    const struct {
        const char *name;
        double value;
    } figures[] = {{"plateau_ratio", r->plateau_ratio},
                   {"worst_ratio", r->worst_ratio},
                   {"basin_frac", r->basin_frac},
                   {"stress_retention", r->stress_retention},
                   {"dsr", r->dsr},
                   {"pbo", r->pbo}};
    json_t *out = json_object();
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        json_object_set_new(out, figures[i].name, report_json_number(figures[i].value));
    return out;
}

static json_t *review_json(const struct h5_review *r)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "verdict", report_json_text(r->verdict),
                     "objective", report_json_text(r->objective), "reasons",
                     reasons_of(&r->reasons), "chosen", point_or_null(r->chosen), "robust",
                     point_or_null(r->robust), "peak", point_or_null(r->peak), "figures",
                     figures_of(r));
}

enum err site_review(struct site *site, const char *key, json_t **out, struct err_note *note)
{
    char path[4400];
    struct board *board;
    struct h5_review review;
    struct err_note why = {""};
    enum err err = site_board(site, key, &board, note); /* holds off other readers of HDF5 */
    if (err)
        return err;
    if (board->is_file)
        snprintf(path, sizeof path, "%s/%s", site->folder, site->only);
    else
        snprintf(path, sizeof path, "%s/results.h5", board->run.path);
    err = h5_review_read(&review, path, &why);
    site_done(site);
    *out = err ? json_pack("{s:n}", "verdict") : review_json(&review);
    if (!err)
        h5_review_free(&review);
    return *out ? OK : ERR_NOMEM;
}
