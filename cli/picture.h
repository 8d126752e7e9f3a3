/* picture - a heatmap made from a run: which axes, which cells, which aggregation, which marks. */
#ifndef CLI_PICTURE_H
#define CLI_PICTURE_H
#include "cli/cli.h"
#include "coordinator/run.h"
#include "review/heatmap.h"
#include "review/projection.h"

struct picture_request {
    const char *metric;
    const char *x, *y, *facet;     /* axis names; facet also "scenario" or "period"; NULL: chosen by
                                      main effects, no facets */
    const char *scenario, *period; /* NULL: the first */
    const struct cli_list *fix;    /* "AXIS=LEVEL" */
    int statistic;                 /* enum projection_statistic */
    const char *mark;              /* a cell; NULL: the best point of the objective */
};
struct picture {
    struct heatmap map;
    uint32_t metric;
    struct projection panel[HEATMAP_PANELS_MAX];
    struct heatmap_panel panels[HEATMAP_PANELS_MAX];
    char panel_title[HEATMAP_PANELS_MAX][128];
    char title[160], subtitle[1024], value_title[160], chosen_title[160];
};
/* The caller ends it with picture_free(). The run must outlive it: axis texts are the run's. */
enum err picture_make(struct picture *out, const struct run_dir *run,
                      const struct picture_request *request, struct err_note *note);
void picture_free(struct picture *picture);
#endif
