#include "cli/view.h"
#include "coordinator/results.h"

enum err view_open(struct view *view, const char *which, struct err_note *note)
{
    enum err err = run_dir_open(&view->run, view->runs, which ? which : "last", note);
    if (err)
        return err;
    const struct job *job = &view->run.job;
    err = results_find_scenario(job, view->scenario_name, &view->scenario, note);
    if (!err)
        err = results_find_period(job, view->period_name, &view->period, note);
    if (!err)
        err = pick_point(&view->pick, &view->run, view->at, note);
    if (err)
        view_close(view);
    return err;
}

void view_close(struct view *view)
{
    run_dir_free(&view->run);
}

enum err view_draw(const struct view *view, const struct drawing *drawing, struct err_note *note)
{
    return drawing_write(drawing, (enum drawing_form)view->form, view->path, note);
}
