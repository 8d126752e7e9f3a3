#include "engine/engine.h"
#include <stdlib.h>
#include <string.h>

/* Every result's returns must live until the next call, but a trace lives until the next trace:
 * they are kept together. */
enum err run_general(struct plateau_engine *engine, const struct plateau_config *const *configs,
                     size_t n_points, const struct plateau_scenario *scenario,
                     const struct plateau_period *period, struct plateau_result *results)
{
    free(engine->general_returns);
    engine->general_returns = NULL;
    for (size_t i = 0; i < n_points; i++) {
        struct plateau_trace trace;
        enum err e = plateau_run_traced(engine, configs[i], scenario, period, &trace);
        size_t n = e ? 0 : trace.n_days;
        if (!e && !engine->general_returns &&
            !(engine->general_returns = malloc((n_points * n + 1) * sizeof(double))))
            e = ERR_NOMEM;
        if (e)
            return e;
        double *returns = engine->general_returns + i * n;
        memcpy(returns, trace.returns, n * sizeof *returns);
        results[i] = (struct plateau_result){
            .metrics = trace.metrics, .n_days = trace.n_days, .returns = returns};
    }
    return OK;
}
