/* random_config - seeded parameter sets, scenarios and periods over everything a grid may vary:
 * most of them trade, some sit on the ends of their ranges. And the judge of every fast path: the
 * traced path's bits. */
#ifndef TESTS_LIB_RANDOM_CONFIG_H
#define TESTS_LIB_RANDOM_CONFIG_H
#include "engine/plateau_engine.h"
#include "tests/lib/rng.h"
#include "tests/lib/synthetic_market.h"

/* A market of one to three sleeves, equity and crypto, some on one calendar. */
void random_market_spec(struct rng *rng, struct synthetic_spec *out);
/* A parameter set for the sleeves of a market that passes plateau_config_check; the caller owns
 * *out. */
enum err random_config_new(struct plateau_config **out, struct rng *rng,
                           const struct synthetic_spec *market);
/* Varies what is no entry field of a copy, and now and then what is: the neighbours in a tile. */
void random_config_vary(struct plateau_config *config, struct rng *rng);
void random_scenario(struct rng *rng, struct plateau_scenario *out);
void random_period(struct rng *rng, const struct synthetic_spec *market,
                   struct plateau_period *out);

/* Runs every config by plateau_run, all in one call, and by the traced path, and compares metric
 * rows and returns bytewise. Prints the first difference; false if there is one. *n_trades counts
 * the trades compared. */
bool random_config_same_bits(struct plateau_engine *engine, struct plateau_config *const *configs,
                             size_t n, const struct plateau_scenario *scenario,
                             const struct plateau_period *period, uint64_t *n_trades);
#endif
