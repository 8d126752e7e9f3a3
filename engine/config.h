/* config - the inside of a parameter set: one flat array of doubles, the portfolio's fields first,
 * then sleeve by sleeve those of its strategy. Readers see it through structs of doubles; an axis
 * writes one element. */
#ifndef ENGINE_CONFIG_H
#define ENGINE_CONFIG_H
#include "engine/strategy.h"

#define CONFIG_NAME_MAX 63  /* of a sleeve */
#define CONFIG_PATH_MAX 160 /* "sleeves." NAME "." field */

struct config_sleeve {
    char name[CONFIG_NAME_MAX + 1];
    const struct strategy *strategy;
    uint32_t first; /* index of its first value */
};

struct plateau_config {
    uint32_t n_sleeves, n_values;
    struct config_sleeve sleeve[PLATEAU_SLEEVES_MAX];
    double *values;                 /* [n_values] */
    char (*paths)[CONFIG_PATH_MAX]; /* [n_values] */
};

static inline const struct portfolio_params *config_portfolio(const struct plateau_config *config)
{
    return (const struct portfolio_params *)config->values;
}
/* The strategy's own struct begins with a struct sleeve_params. */
static inline const double *config_params(const struct plateau_config *config, uint32_t sleeve)
{
    return config->values + config->sleeve[sleeve].first;
}
static inline const struct sleeve_params *config_sleeve(const struct plateau_config *config,
                                                        uint32_t sleeve)
{
    return (const struct sleeve_params *)config_params(config, sleeve);
}

/* The field behind an index of the flat array. */
const struct plateau_field *config_field(const struct plateau_config *config, uint32_t index);
/* Every field set and within its range. */
enum err config_check_values(const struct plateau_config *config, struct err_note *note);
#endif
