/* view - what verbs that draw one point of a run have in common: their options, and the run, the
 * point, the scenario and the period these come to. */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H
#include "cli/cli.h"
#include "cli/drawing.h"
#include "cli/pick.h"

struct view {
    const char *runs, *at, *scenario_name, *period_name, *path;
    int form; /* enum drawing_form */
    /* set by view_open(): */
    struct run_dir run;
    struct pick pick;
    uint32_t scenario, period;
};
#define VIEW_DEFAULTS                                                                              \
    {                                                                                              \
        .runs = "runs", .form = DRAWING_FITTING                                                    \
    }
/* Rows of an option table. A verb that shows all scenarios or periods leaves that row out. */
// clang-format off
#define VIEW_SCENARIO(v) {"scenario", 0, CLI_TEXT, &(v).scenario_name, "NAME", "scenario (default: the first, baseline)", NULL}
#define VIEW_PERIOD(v) {"period", 0, CLI_TEXT, &(v).period_name, "NAME", "period (default: the first)", NULL}
#define VIEW_OPTIONS(v)                                                                            \
    {"at", 0, CLI_TEXT, &(v).at, "CELL", "this point (default: the robust pick)", NULL},           \
    DRAWING_OPTIONS((v).form, (v).path),                                                           \
    {"dir", 0, CLI_TEXT, &(v).runs, "RUNS", "folder of runs (default: runs)", NULL}
// clang-format on

/* which: a run, or NULL for the last. The caller ends it with view_close(). */
enum err view_open(struct view *view, const char *which, struct err_note *note);
void view_close(struct view *view);
enum err view_draw(const struct view *view, const struct drawing *drawing, struct err_note *note);
#endif
