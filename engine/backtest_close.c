/* Steps 4 and 5 of a date: stops and exits, the end of a regime stretch, the mark. */
#include "engine/backtest.h"
#include <assert.h>

enum { EXIT_AFTER_MISSING = 2 }; /* consecutive missing sessions after which a position must go */

static void order_exit(struct position *p, const struct sleeve_run *s, enum plateau_reason reason)
{
    p->leaving = true;
    p->reason = reason;
    p->exit_session = (uint32_t)s->session;
}

static void check_position(struct position *p, const struct sleeve_run *s)
{
    int64_t row = backtest_bar_today(s, p->symbol);
    if (row < 0) {
        if (s->session - s->data->bar_session[s->bar[p->symbol]] >= EXIT_AFTER_MISSING)
            order_exit(p, s, PLATEAU_DATA_MISSING);
        return;
    }
    struct strategy_bar bar;
    backtest_strategy_bar(s, (uint32_t)row, &bar);
    double stop = p->stop.stop;
    s->strategy->update_stop(s->params, &bar, &p->stop);
    assert(p->stop.stop >= stop); /* a stop never moves down */
    int reason = s->strategy->exit(s->params, &bar, &p->stop);
    if (reason != STRATEGY_STAY)
        order_exit(p, s, (enum plateau_reason)reason);
}

/* All positions at their last accepted close; exits that were pending go with them. */
static void end_stretch(struct backtest *b)
{
    while (b->n_positions > 0) {
        const struct position *p = &b->positions[0];
        const struct sleeve_run *s = &b->sleeve[p->sleeve];
        backtest_sell(b, 0, s->data->close[s->bar[p->symbol]], backtest_session_before(s),
                      PLATEAU_REGIME_END);
    }
}

static void mark(struct backtest *b)
{
    double previous = b->index ? b->equity[b->index - 1] : b->portfolio->starting_equity;
    b->value = 0;
    for (uint32_t i = 0; i < b->n_positions; i++) {
        const struct position *p = &b->positions[i];
        const struct sleeve_run *s = &b->sleeve[p->sleeve];
        b->value += p->quantity * s->data->close[s->bar[p->symbol]];
    }
    b->cash_at[b->index] = b->cash;
    b->equity[b->index] = b->cash + b->value;
    b->returns[b->index] = b->equity[b->index] / previous - 1;
    risk_append(&b->risk, b->returns, b->index + 1);
}

void backtest_close(struct backtest *b)
{
    for (uint32_t k = 0; k < b->n_sleeves; k++) {
        const struct sleeve_run *s = &b->sleeve[k];
        for (uint32_t i = 0; s->open_today && i < b->n_positions; i++)
            if (b->positions[i].sleeve == k && !b->positions[i].leaving)
                check_position(&b->positions[i], s);
    }
    if (b->schedule->flags[b->date] & SCHEDULE_STRETCH_END)
        end_stretch(b);
    mark(b);
}
