/* schedule - what happens on which date of a run: the dates of one period under one scenario,
 * engine.md section 7.
 *
 * Regime months and crash dates are known before the first bar; the daily loop only reads flags. */
#ifndef ENGINE_SCHEDULE_H
#define ENGINE_SCHEDULE_H
#include "engine/calendar.h"

enum schedule_flag {
    SCHEDULE_PROCESSED = 1, /* recorded; without it the date does not exist for the run */
    SCHEDULE_STRETCH_END =
        2, /* last date of a regime stretch: all positions are sold after the exit checks */
    SCHEDULE_CRASH = 4, /* flash-crash date (only set where processed) */
};

struct schedule {
    uint32_t first, n; /* the period: run-calendar dates first .. first + n - 1 */
    uint8_t *flags;    /* [n] enum schedule_flag */
    uint32_t n_recorded;
    int32_t *day;         /* [n_recorded] */
    double *bench_return; /* [n_recorded] of the first sleeve's benchmark since the previous
                             recorded date: 0 on the first, NaN where a close is undefined */
    uint32_t n_crash;
    int32_t *crash_day; /* [n_crash], dates not processed among them */
};

/* The seed decides the crash dates only. Views and calendars of one image. */
enum err schedule_new(struct schedule **out, const struct calendars *calendars,
                      const struct image_view *views, uint64_t seed,
                      const struct plateau_scenario *scenario, const struct plateau_period *period);
void schedule_free(struct schedule **schedule_p);
#endif
