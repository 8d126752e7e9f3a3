/* plateau_run: the fast path if every sleeve's strategy has the capability, the general path
 * otherwise. */
#include "engine/engine.h"
#include "engine/fast/batch.h"
#include "engine/fast/kernels.h"
#include "engine/fast/state.h"

static bool all_fast(const struct plateau_config *const *configs, size_t n_points)
{
    for (size_t i = 0; i < n_points; i++)
        for (uint32_t q = 0; q < configs[i]->n_sleeves; q++)
            if (!configs[i]->sleeve[q].strategy->fast)
                return false;
    return true;
}

enum err engine_fast(struct plateau_engine *engine)
{
    if (engine->fast)
        return OK;
    enum err e = fast_state_new(&engine->fast, engine);
    if (!e)
        engine->fast_state_free = fast_state_free;
    return e;
}

enum err plateau_run(struct plateau_engine *engine, const struct plateau_config *const *configs,
                     size_t n_points, const struct plateau_scenario *scenario,
                     const struct plateau_period *period, struct plateau_result *results)
{
    if (!all_fast(configs, n_points))
        return run_general(engine, configs, n_points, scenario, period, results);
    enum err e = engine_fast(engine);
    return e ? e : fast_run_points(engine->fast, configs, n_points, scenario, period, results);
}

enum err plateau_engine_force_vector(struct plateau_engine *engine, enum plateau_vector level)
{
    const struct fast_kernel *kernel = kernel_find(level);
    if (!kernel)
        return ERR_RANGE;
    engine->vector = level;
    if (engine->fast)
        engine->fast->kernel = kernel; /* what is cached has the same bits at every level */
    return OK;
}

const char *plateau_engine_vector_name(const struct plateau_engine *engine)
{
    return kernel_find(engine->vector)->name;
}
