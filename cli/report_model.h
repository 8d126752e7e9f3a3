/* report_model - what the page of a report must know beside its arrays of numbers: names, axes,
 * verdict, provenance, as one JSON tree (docs/report.md). */
#ifndef CLI_REPORT_MODEL_H
#define CLI_REPORT_MODEL_H
#include "cli/reviewing.h"
#include "review/report_columns.h"

/* What every page knows: metrics, names of statuses, flags and reasons, palettes. */
json_t *report_model_common(void);
/* And what is known of a run before it is reviewed: axes, scenarios, periods, provenance. The
 * caller owns the tree. */
json_t *report_model_run(const struct run_dir *run, uint32_t objective, uint32_t base_scenario);
/* The caller owns the tree. NULL: no memory. */
json_t *report_model_make(const struct reviewing *v, const struct report_grid *grid,
                          const struct report_plan *plan);
/* Locked periods of the run and what was opened: {"times_opened", "openings": [..]}. */
enum err report_model_holdout(const struct reviewing *v, json_t **out, struct err_note *note);
/* Who computed the run: [{"worker", "tiles", "compute_s"}]. */
enum err report_model_workers(const struct reviewing *v, json_t **out, struct err_note *note);
#endif
