/* calendar - the sessions of every sleeve and the run calendar over them, engine.md section 1.
 *
 * Sleeves whose session dates are equal share one session calendar. The run calendar is the sorted
 * union of all; every loop over time runs over it. Both belong to the market image, not to a run.
 */
#ifndef ENGINE_CALENDAR_H
#define ENGINE_CALENDAR_H
#include "engine/image.h"
#include "engine/plateau_engine.h"
#include "proto/err.h"

#define CALENDAR_NO_SESSION (-1)

struct session_calendar {
    uint32_t first_sleeve; /* the first of the sleeves that share it */
    uint32_t n;
    const int32_t *day; /* [n] ascending */
    int32_t *session;   /* [n_run]: the session of a run-calendar date; CALENDAR_NO_SESSION if it is
                           none */
    int32_t
        *latest; /* [n_run]: latest session at or before a run-calendar date; -1 before the first */
    uint32_t *run; /* [n]: the run-calendar date of a session */
};

struct calendars {
    uint32_t n_sleeves, n_calendars, n_run;
    uint32_t of_sleeve[PLATEAU_SLEEVES_MAX];               /* index into calendar[] */
    struct session_calendar calendar[PLATEAU_SLEEVES_MAX]; /* in order of their first sleeve */
    int32_t *run_day;                                      /* [n_run] ascending: the run calendar */
    int32_t *bench_latest[PLATEAU_SLEEVES_MAX]; /* [sleeve][session]: latest accepted bar of the
                                                   sleeve's benchmark at or before the session; -1
                                                   before the first */
};

/* Points into the views, which must outlive it. */
enum err calendars_new(struct calendars **out, const struct image_view *views, uint32_t n_sleeves);
void calendars_free(struct calendars **calendars_p);
/* Run-calendar dates of a period: *first .. *first + *n - 1; *n = 0 if there is none. */
void calendars_period(const struct calendars *calendars, const struct plateau_period *period,
                      uint32_t *first, uint32_t *n);
#endif
