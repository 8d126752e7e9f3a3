/* What is allowed but rarely meant. */
#include "spec/loader.h"
#include <stdio.h>
#include <string.h>

enum { EXPORT_AXES_MAX = 28, PATH_ROOM = 200, HINDSIGHT_ROOM = 300 };

static const struct sweep_axis *axis_of(const struct loader *loader, const char *path)
{
    for (uint32_t a = 0; a < loader->n_axes; a++)
        if (!strcmp(loader->axes[a].path, path))
            return &loader->axes[a];
    return NULL;
}

/* Smallest and largest value a field takes over the sweep. */
static bool span(const struct loader *loader, const char *sleeve, const char *field, double *low,
                 double *high)
{
    char path[PATH_ROOM];
    uint32_t index;
    snprintf(path, sizeof path, "sleeves.%s.%s", sleeve, field);
    const struct sweep_axis *axis = axis_of(loader, path);
    if (plateau_config_find(loader->spec->base, path, &index, NULL, NULL))
        return false; /* another strategy */
    *low = *high = plateau_config_get_index(loader->spec->base, index);
    for (uint32_t l = 0; axis && l < axis->n_levels; l++) {
        *low = l == 0 || axis->values[l] < *low ? axis->values[l] : *low;
        *high = l == 0 || axis->values[l] > *high ? axis->values[l] : *high;
    }
    return true;
}

/* engine.md section 9: whoever breaks out above the slow channel has broken out above the fast one,
 * so that the slow channel decides about entries only where the trigger asks for it. */
static enum err warn_slow(struct loader *loader, const char *sleeve)
{
    static const char *const slow_fields[] = {"indicators.breakout_slow", "entry.slow_clearance"};
    double fast[2], slow[2], fast_clear[2], slow_clear[2], trigger[2];
    if (!span(loader, sleeve, "indicators.breakout_fast", &fast[0], &fast[1]) ||
        !span(loader, sleeve, "indicators.breakout_slow", &slow[0], &slow[1]) ||
        !span(loader, sleeve, "entry.fast_clearance", &fast_clear[0], &fast_clear[1]) ||
        !span(loader, sleeve, "entry.slow_clearance", &slow_clear[0], &slow_clear[1]) ||
        !span(loader, sleeve, "entry.trigger", &trigger[0], &trigger[1]))
        return OK;
    bool implied = slow[0] >= fast[1] && slow_clear[0] >= fast_clear[1];
    char path[PATH_ROOM];
    const struct plateau_field *field;
    snprintf(path, sizeof path, "sleeves.%s.entry.trigger", sleeve);
    plateau_config_find(loader->spec->base, path, NULL, &field, NULL);
    if (trigger[0] != trigger[1] || !strcmp(field->names[(int)trigger[0]], "slow"))
        return OK; /* the slow channel alone decides at some points */
    bool fast_only = !strcmp(field->names[(int)trigger[0]], "fast");
    for (unsigned i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "sleeves.%s.%s", sleeve, slow_fields[i]);
        if (!axis_of(loader, path) || (!implied && !fast_only))
            continue;
        enum err err = loader_warn(
            loader, "axes.%s: %s", path,
            fast_only ? "changes nothing: entry.trigger is fast"
                      : "hardly matters: never below the fast channel, it changes only the label "
                        "and score of an entry, not which entries there are (see entry.trigger)");
        if (err)
            return err;
    }
    return OK;
}

static enum err warn_hindsight(struct loader *loader)
{
    const struct job *job = &loader->spec->job;
    char names[HINDSIGHT_ROOM] = "";
    size_t n = 0;
    for (uint32_t s = 0; s < job->n_scenarios && n < sizeof names; s++)
        if (job->scenarios[s].regime)
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "",
                                  job->scenarios[s].name);
    return n ? loader_warn(loader,
                           "scenarios: the months of %s are known in hindsight: a stress, never an "
                           "objective",
                           names)
             : OK;
}

enum err warn_about(struct loader *loader)
{
    const struct job *job = &loader->spec->job;
    enum err err = OK;
    for (uint32_t a = 0; !err && a < loader->n_axes; a++)
        if (loader->axes[a].n_levels == 1)
            err = loader_warn(loader,
                              "axes.%s: one value only: it could be set in its sleeve or "
                              "the portfolio",
                              loader->axes[a].path);
    for (uint32_t i = 0; !err && i < job->n_sleeves; i++)
        err = warn_slow(loader, job->sleeves[i].name);
    if (!err)
        err = warn_hindsight(loader);
    if (!err && loader->n_axes > EXPORT_AXES_MAX)
        err = loader_warn(loader, "axes: %u: results.h5 takes at most %d", loader->n_axes,
                          EXPORT_AXES_MAX);
    return err;
}
