#include "cli/site_pages.h"
#include "cli/picture.h"
#include "cli/report_model.h"
#include "cli/site_events.h"
#include "cli/site_file.h"
#include "cli/site_review.h"
#include "coordinator/results.h"
#include "engine/metrics.h"
#include "frontend/bundle.h"
#include "review/heatmap_cairo.h"
#include "review/report_json.h"
#include <stdlib.h>
#include <string.h>

#define PAGE_POLICY                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' " \
    "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#define HTML "text/html; charset=utf-8"

typedef const char *(*query_function)(void *request, const char *name);

/* ---- replies ---- */

static void refuse(struct http_reply *out, enum err err, const struct err_note *note)
{
    char line[sizeof note->text + 2];
    snprintf(line, sizeof line, "%s\n", note->text[0] ? note->text : err_text(err));
    out->status = err == ERR_NOT_FOUND                    ? 404
                  : err == ERR_FORMAT || err == ERR_RANGE ? 400
                  : err == ERR_BUSY || err == ERR_NET     ? 503
                                                          : 500;
    out->body = strdup(line);
    out->length = out->body ? strlen(out->body) : 0;
}

static void send_json(struct http_reply *out, json_t *json)
{
    out->type = "application/json";
    out->body = json ? json_dumps(json, JSON_COMPACT) : NULL;
    out->length = out->body ? strlen(out->body) : 0;
    json_decref(json);
}

static void send_bytes(struct http_reply *out, const char *type, const void *bytes, size_t n)
{
    out->type = type;
    out->body = malloc(n + 1);
    if (out->body)
        memcpy(out->body, bytes, n);
    out->length = n;
}

/* ---- the front-end ---- */

static const char SHELL[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>plateau</title>\n<link rel=\"icon\" href=\"data:,\">\n"
    "<link rel=\"stylesheet\" href=\"app.css\">\n</head>\n<body>\n<div id=\"app\"></div>\n"
    "<noscript><p>This page needs scripts; <code>plateau watch</code> shows the same in a "
    "terminal.</p></noscript>\n<script src=\"live.js\"></script>\n</body>\n</html>\n";

/* The name of a run inside an URL. */
static void put_url(FILE *out, const char *text)
{
    for (; *text; text++)
        if (strchr("-._~", *text) || (*text >= '0' && *text <= '9') ||
            ((*text | 32) >= 'a' && (*text | 32) <= 'z'))
            fputc(*text, out);
        else
            fprintf(out, "%%%02X", (unsigned char)*text);
}

static void put_row(FILE *out, const json_t *row)
{
    const char *key = json_string_value(json_object_get(row, "key"));
    fputs("<h2>", out);
    report_html_text(out, json_string_value(json_object_get(row, "run")));
    fputs("</h2>\n<p>", out);
    report_html_text(out, json_string_value(json_object_get(row, "state")));
    fprintf(out,
            ", %lld of %lld cells, %lld failed</p>\n<p><img alt=\"heatmap of the objective\" "
            "src=\"heatmap.png?run=",
            (long long)json_integer_value(json_object_get(row, "cells_done")),
            (long long)json_integer_value(json_object_get(row, "cells")),
            (long long)json_integer_value(json_object_get(row, "cells_failed")));
    put_url(out, key);
    fputs("\"></p>\n", out);
}

/* Every run or the one that is asked for, in words and a picture. */
static void put_plain(FILE *out, const json_t *list, const char *wanted)
{
    size_t i;
    const json_t *row;
    fputs(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>plateau</title>"
        "<link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"app.css\">"
        "<meta http-equiv=\"refresh\" content=\"10\"></head>\n<body><main class=\"static\">\n"
        "<h1>plateau</h1>\n<p class=\"missing\">Missing here: the live explorer, for this program "
        "was built without Node.js. <code>plateau watch</code> shows workers and rate.</p>\n",
        out);
    json_array_foreach(list, i, row)
    {
        const char *key = json_string_value(json_object_get(row, "key"));
        if (!wanted || strcmp(wanted, key) == 0)
            put_row(out, row);
    }
    fputs("</main></body></html>\n", out);
}

static void get_page(void *ctx, query_function query, void *request, struct http_reply *out)
{
    struct site *site = ctx;
    struct err_note note = {""};
    json_t *list = NULL;
    out->policy = PAGE_POLICY;
    if (FRONTEND_LIVE_BYTES) {
        send_bytes(out, HTML, SHELL, sizeof SHELL - 1);
        return;
    }
    enum err err = site_list(site, &list, &note);
    if (err) {
        refuse(out, err, &note);
        return;
    }
    FILE *page = open_memstream(&out->body, &out->length);
    if (page) {
        put_plain(page, list, query(request, "id"));
        fclose(page);
        out->type = HTML;
    }
    json_decref(list);
}

static void get_script(void *ctx, query_function query, void *request, struct http_reply *out)
{
    (void)ctx, (void)query, (void)request;
    send_bytes(out, "text/javascript; charset=utf-8", FRONTEND_LIVE, FRONTEND_LIVE_BYTES);
}

static void get_style(void *ctx, query_function query, void *request, struct http_reply *out)
{
    (void)ctx, (void)query, (void)request;
    send_bytes(out, "text/css; charset=utf-8", FRONTEND_STYLE, FRONTEND_STYLE_BYTES);
}

static enum err draw(const struct board *board, FILE *out, struct err_note *note)
{
    struct picture_request request = {.statistic = PROJECTION_MEDIAN};
    if (board->is_file)
        return err_set(note, ERR_NOT_FOUND, "a file has no picture here: serve its run");
    struct picture *picture = malloc(sizeof *picture);
    request.metric = METRIC_INFO[board->objective].name;
    enum err err = picture ? picture_make(picture, &board->run, &request, note) : ERR_NOMEM;
    if (!err) {
        err = heatmap_draw(&picture->map, CANVAS_PNG, out, note);
        canvas_end();
        picture_free(picture);
    }
    free(picture);
    return err;
}

static void get_picture(void *ctx, query_function query, void *request, struct http_reply *out)
{
    struct site *site = ctx;
    struct err_note note = {""};
    struct board *board;
    enum err err = site_board(site, query(request, "run"), &board, &note);
    if (!err) {
        FILE *file = open_memstream(&out->body, &out->length);
        err = file ? draw(board, file, &note) : ERR_NOMEM;
        if (file)
            fclose(file);
        site_done(site);
    }
    out->type = "image/png";
    if (err) {
        free(out->body);
        out->type = "text/plain; charset=utf-8";
        refuse(out, err, &note);
    }
}

/* ---- how runs go ---- */

static void get_runs(void *ctx, query_function query, void *request, struct http_reply *out)
{
    struct err_note note = {""};
    json_t *list = NULL;
    (void)query, (void)request;
    enum err err = site_list(ctx, &list, &note);
    if (err)
        refuse(out, err, &note);
    else
        send_json(out, list);
}

static void get_events(void *ctx, query_function query, void *request, struct http_reply *out)
{
    struct err_note note = {""};
    json_t *state = NULL;
    const char *key = query(request, "run");
    enum err err = site_state(ctx, key, &state, &note);
    json_decref(state);
    if (err)
        refuse(out, err, &note);
    else
        site_events_start(ctx, key, out);
}

/* ---- what a run holds ---- */

static json_t *limits(void)
{
    json_t *out = json_object();
#define X(name, value, text) json_object_set_new(out, #name, json_real(VERDICT_DEFAULT.name));
    VERDICT_LIMIT_TABLE(X)
#undef X
    return out;
}

static void get_model(void *ctx, query_function query, void *request, struct http_reply *out)
{
    struct site *site = ctx;
    struct err_note note = {""};
    struct board *board;
    enum err err = site_board(site, query(request, "run"), &board, &note);
    if (err) {
        refuse(out, err, &note);
        return;
    }
    json_t *model = board->is_file
                        ? site_file_model(&board->file)
                        : report_model_run(&board->run, board->objective, board->base_scenario);
    site_done(site);
    json_object_set_new(model, "limits", limits());
    send_json(out, model);
}

static void pack(struct http_reply *out, const struct grid_view *view)
{
    size_t n = (size_t)view->nx * view->ny;
    double *at = malloc((2 + 3 * n) * sizeof *at + n);
    out->type = "application/octet-stream";
    out->body = (char *)at;
    if (!at)
        return;
    at[0] = view->nx;
    at[1] = view->ny;
    memcpy(at + 2, view->value, n * sizeof *at);
    memcpy(at + 2 + n, view->count, n * sizeof *at);
    memcpy(at + 2 + 2 * n, view->point, n * sizeof *at);
    memcpy(at + 2 + 3 * n, view->status, n);
    out->length = (2 + 3 * n) * sizeof *at + n;
}

static enum err make_view(struct grid_view *out, struct board *board,
                          const struct grid_view_request *asked, struct err_note *note)
{
    const double *values = NULL, *minus = NULL;
    const uint8_t *status = NULL, *other;
    struct columns_key key = {asked->minus, asked->period, asked->metric};
    enum err err = OK;
    if (asked->minus != GRID_VIEW_NONE)
        err = board_column(board, key, 1, &minus, &other, note);
    key.scenario = asked->scenario;
    if (!err)
        err = board_column(board, key, 0, &values, &status, note);
    return err ? err
               : grid_view_make(out, &board->shape, asked, values, minus, status,
                                METRIC_INFO[asked->metric].better);
}

static void get_view(void *ctx, query_function query, void *request, struct http_reply *out)
{
    struct site *site = ctx;
    struct err_note note = {""};
    struct board *board;
    struct grid_view_request asked;
    struct grid_view view;
    enum err err = site_board(site, query(request, "run"), &board, &note);
    if (!err) {
        err = grid_view_parse(&asked, &board->shape, query, request, &note);
        if (!err)
            err = make_view(&view, board, &asked, &note);
        site_done(site);
    }
    if (err) {
        refuse(out, err, &note);
        return;
    }
    pack(out, &view);
    grid_view_free(&view);
}

/* Level of every dimension; of a sample's that of its first axis. */
static json_t *levels_of(const struct grid_view_shape *shape, uint64_t point)
{
    uint32_t levels[SWEEP_AXES_MAX];
    json_t *out = json_array();
    if (shape->sampled)
        sweep_levels(shape->sampled, point, levels);
    for (uint32_t a = 0; shape->sampled && a < sweep_n_axes(shape->sampled); a++)
        if (sweep_axis(shape->sampled, a)->dimension == json_array_size(out))
            json_array_append_new(out, json_integer(levels[a]));
    for (uint32_t d = shape->n_dims; !shape->sampled && d-- > 0; point /= shape->size[d])
        json_array_insert_new(out, 0, json_integer((json_int_t)(point % shape->size[d])));
    return out;
}

static json_t *cell_json(const struct results_cell *cell, const struct board *board)
{
    json_t *periods = json_array();
    uint32_t n_periods = board->shape.n_periods;
    for (uint32_t p = 0; p < n_periods; p++) {
        json_t *values = json_array();
        for (uint32_t m = 0; m < N_METRICS; m++)
            json_array_append_new(values, report_json_number(cell->metrics[p][m]));
        json_array_append_new(periods, values);
    }
    return json_pack("{s:I, s:i, s:i, s:i, s:o, s:o, s:o, s:o}", "point", (json_int_t)cell->point,
                     "scenario", (int)cell->scenario, "status", (int)cell->status, "attempts",
                     (int)cell->attempts, "worker", report_json_text(cell->worker), "reason",
                     report_json_text(cell->reason), "levels",
                     levels_of(&board->shape, cell->point), "metrics", periods);
}

static void get_cell(void *ctx, query_function query, void *request, struct http_reply *out)
{
    struct site *site = ctx;
    struct err_note note = {""};
    struct board *board;
    uint64_t point = 0, scenario = 0;
    struct results_cell *cell = malloc(sizeof *cell);
    enum err err = cell ? site_board(site, query(request, "run"), &board, &note) : ERR_NOMEM;
    if (!err) {
        const struct grid_view_shape *shape = &board->shape;
        err = grid_view_number("point", query(request, "point"), shape->n_points, &point, &note);
        if (!err)
            err = grid_view_number("scenario", query(request, "scenario"), shape->n_scenarios,
                                   &scenario, &note);
        if (!err)
            err = board_cell(board, point, (uint32_t)scenario, cell, &note);
        if (!err)
            send_json(out, cell_json(cell, board));
        site_done(site);
    }
    free(cell);
    if (err)
        refuse(out, err, &note);
}

static void get_review(void *ctx, query_function query, void *request, struct http_reply *out)
{
    struct err_note note = {""};
    json_t *review = NULL;
    enum err err = site_review(ctx, query(request, "run"), &review, &note);
    if (err)
        refuse(out, err, &note);
    else
        send_json(out, review);
}

void site_routes(struct site *site, struct http_route routes[SITE_N_ROUTES + 1])
{
    const struct http_route made[SITE_N_ROUTES + 1] = {
        {"/", false, get_page, site},
        {"/run", false, get_page, site},
        {"/live.js", false, get_script, site},
        {"/app.css", false, get_style, site},
        {"/heatmap.png", false, get_picture, site},
        {"/api/runs", false, get_runs, site},
        {"/api/events", false, get_events, site},
        {"/api/model", false, get_model, site},
        {"/api/view", false, get_view, site},
        {"/api/cell", false, get_cell, site},
        {"/api/review", false, get_review, site},
        {NULL, false, NULL, NULL},
    };
    memcpy(routes, made, sizeof made);
}
