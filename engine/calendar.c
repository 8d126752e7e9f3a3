#include "engine/calendar.h"
#include <stdlib.h>
#include <string.h>

static void share_calendars(struct calendars *c, const struct image_view *views)
{
    for (uint32_t s = 0; s < c->n_sleeves; s++) {
        const struct image_view *v = &views[s];
        uint32_t k = 0;
        while (k < c->n_calendars &&
               !(c->calendar[k].n == v->n_sessions &&
                 (v->n_sessions == 0 || memcmp(c->calendar[k].day, v->session_day,
                                               v->n_sessions * sizeof *v->session_day) == 0)))
            k++;
        c->of_sleeve[s] = k;
        if (k == c->n_calendars)
            c->calendar[c->n_calendars++] = (struct session_calendar){
                .first_sleeve = s, .n = v->n_sessions, .day = v->session_day};
    }
}

/* Merges the calendars date by date, noting where each session lands. */
static void merge(struct calendars *c)
{
    uint32_t next[PLATEAU_SLEEVES_MAX] = {0};
    for (;;) {
        int32_t day = INT32_MAX;
        bool more = false;
        for (uint32_t k = 0; k < c->n_calendars; k++) {
            const struct session_calendar *cal = &c->calendar[k];
            if (next[k] < cal->n && cal->day[next[k]] <= day) {
                day = cal->day[next[k]];
                more = true;
            }
        }
        if (!more)
            return;
        uint32_t t = c->n_run++;
        c->run_day[t] = day;
        for (uint32_t k = 0; k < c->n_calendars; k++) {
            struct session_calendar *cal = &c->calendar[k];
            bool is_session = next[k] < cal->n && cal->day[next[k]] == day;
            cal->session[t] = is_session ? (int32_t)next[k] : CALENDAR_NO_SESSION;
            if (is_session)
                cal->run[next[k]++] = t;
            cal->latest[t] = (int32_t)next[k] - 1;
        }
    }
}

static enum err link_benchmark(int32_t **out, const struct image_view *view)
{
    int32_t *latest = malloc((view->n_sessions ? view->n_sessions : 1) * sizeof *latest);
    if (!latest)
        return ERR_NOMEM;
    uint32_t bar = 0;
    for (uint32_t s = 0; s < view->n_sessions; s++) {
        while (bar < view->n_bench && view->bench_session[bar] <= (int32_t)s)
            bar++;
        latest[s] = (int32_t)bar - 1;
    }
    *out = latest;
    return OK;
}

enum err calendars_new(struct calendars **out, const struct image_view *views, uint32_t n_sleeves)
{
    struct calendars *c = calloc(1, sizeof *c);
    size_t total = 0;
    if (!c)
        return ERR_NOMEM;
    c->n_sleeves = n_sleeves;
    share_calendars(c, views);
    for (uint32_t k = 0; k < c->n_calendars; k++)
        total += c->calendar[k].n;
    c->run_day = calloc(total + 1, sizeof *c->run_day);
    if (!c->run_day)
        goto nomem;
    for (uint32_t k = 0; k < c->n_calendars; k++) {
        struct session_calendar *cal = &c->calendar[k];
        cal->session = calloc(total + 1, sizeof *cal->session);
        cal->latest = calloc(total + 1, sizeof *cal->latest);
        cal->run = calloc((size_t)cal->n + 1, sizeof *cal->run);
        if (!cal->session || !cal->latest || !cal->run)
            goto nomem;
    }
    merge(c);
    for (uint32_t s = 0; s < n_sleeves; s++)
        if (link_benchmark(&c->bench_latest[s], &views[s]))
            goto nomem;
    *out = c;
    return OK;
nomem:
    calendars_free(&c);
    return ERR_NOMEM;
}

void calendars_free(struct calendars **calendars_p)
{
    struct calendars *c = *calendars_p;
    if (!c)
        return;
    for (uint32_t k = 0; k < PLATEAU_SLEEVES_MAX; k++) {
        free(c->calendar[k].session);
        free(c->calendar[k].latest);
        free(c->calendar[k].run);
        free(c->bench_latest[k]);
    }
    free(c->run_day);
    free(c);
    *calendars_p = NULL;
}

void calendars_period(const struct calendars *c, const struct plateau_period *period,
                      uint32_t *first, uint32_t *n)
{
    uint32_t a = 0, b = c->n_run;
    while (a < b && c->run_day[a] < period->start_day)
        a++;
    while (b > a && c->run_day[b - 1] > period->end_day)
        b--;
    *first = a;
    *n = b - a;
}
