#include "engine/fast/dates.h"
#include <stdlib.h>
#include <string.h>

void fast_dates_free(struct fast_run *run)
{
    schedule_free(&run->schedule);
    free(run->t_of_run);
    free(run->run_of_t);
    free(run->stretch_end);
    free(run->next_crash);
    free(run->crash);
    for (uint32_t q = 0; q < PLATEAU_SLEEVES_MAX; q++)
        free(run->due[q]);
    memset(run, 0, sizeof *run);
}

static bool fits(const struct fast_run *run, const struct plateau_scenario *scenario,
                 const struct plateau_period *period, uint64_t seed)
{
    return run->schedule && run->scenario.slippage_multiplier == scenario->slippage_multiplier &&
           run->scenario.flash_crash == scenario->flash_crash &&
           run->scenario.regime == scenario->regime && run->period.start_day == period->start_day &&
           run->period.end_day == period->end_day && (run->seed == seed || !scenario->flash_crash);
}

static enum err dates_alloc(struct fast_run *run, uint32_t n_run, uint32_t n_sleeves)
{
    size_t n = run->schedule->n_recorded + 1u;
    run->t_of_run = malloc((n_run + 1u) * sizeof *run->t_of_run);
    run->run_of_t = malloc(n * sizeof *run->run_of_t);
    run->stretch_end = malloc(n * sizeof *run->stretch_end);
    run->next_crash = malloc(n * sizeof *run->next_crash);
    run->crash = malloc(n);
    bool whole =
        run->t_of_run && run->run_of_t && run->stretch_end && run->next_crash && run->crash;
    for (uint32_t q = 0; q < n_sleeves; q++) {
        run->due[q] = malloc((n_run + 1u) * sizeof *run->due[q]);
        whole = whole && run->due[q];
    }
    return whole ? OK : ERR_NOMEM;
}

static void fill_recorded(struct fast_run *run, uint32_t n_run)
{
    const struct schedule *s = run->schedule;
    for (uint32_t d = 0; d < n_run; d++)
        run->t_of_run[d] = -1;
    run->n_recorded = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        if (!(s->flags[i] & SCHEDULE_PROCESSED))
            continue;
        int32_t t = run->n_recorded++;
        run->t_of_run[s->first + i] = t;
        run->run_of_t[t] = (int32_t)(s->first + i);
        run->crash[t] = (s->flags[i] & SCHEDULE_CRASH) != 0;
    }
    int32_t end = run->n_recorded - 1, crash = FAST_NEVER;
    for (int32_t t = run->n_recorded - 1; t >= 0; t--) {
        if (s->flags[(uint32_t)run->run_of_t[t] - s->first] & SCHEDULE_STRETCH_END)
            end = t;
        run->stretch_end[t] = end;
        run->next_crash[t] = crash;
        if (run->crash[t])
            crash = t;
    }
}

/* Orders are made where the sleeve's next session is a date of this run. */
static void fill_due(const struct fast_run *run, const struct session_calendar *c, uint32_t n_run,
                     int32_t *due)
{
    for (uint32_t d = 0; d < n_run; d++)
        due[d] = -1;
    for (uint32_t s = 0; s + 1 < c->n; s++)
        due[c->run[s]] = run->t_of_run[c->run[s + 1]];
}

enum err fast_dates_set(struct fast_run *run, struct fast_state *state,
                        const struct plateau_scenario *scenario,
                        const struct plateau_period *period, uint64_t seed)
{
    if (fits(run, scenario, period, seed)) {
        run->seed = seed;
        return OK;
    }
    const struct calendars *c = state->engine->calendars;
    fast_dates_free(run);
    *run =
        (struct fast_run){.state = state, .scenario = *scenario, .period = *period, .seed = seed};
    enum err e = schedule_new(&run->schedule, c, state->engine->views, seed, scenario, period);
    if (!e)
        e = dates_alloc(run, c->n_run, state->n_sleeves);
    if (e) {
        fast_dates_free(run);
        return e;
    }
    fill_recorded(run, c->n_run);
    for (uint32_t q = 0; q < state->n_sleeves; q++)
        fill_due(run, state->sleeve[q].calendar, c->n_run, run->due[q]);
    return OK;
}
