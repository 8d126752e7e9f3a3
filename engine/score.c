#include "engine/score.h"

void score_weights(const struct portfolio_params *portfolio, int64_t weights[N_SCORE_COMPONENTS])
{
    const double weight[N_SCORE_COMPONENTS] = {
        portfolio->weight_breakout, portfolio->weight_momentum, portfolio->weight_diversification};
    for (int c = 0; c < N_SCORE_COMPONENTS; c++)
        weights[c] = (int64_t)__builtin_floor(1e6 * weight[c] + 0.5);
}

/* Twice the rank of value i, 1..n ascending; equal values share the mean rank. */
static int64_t twice_rank(const double *value, uint32_t n, uint32_t i)
{
    int64_t less = 0, equal = 0;
    for (uint32_t j = 0; j < n; j++) {
        less += value[j] < value[i];
        equal += value[j] == value[i];
    }
    return 2 * less + equal + 1;
}

void score_order(const int64_t weights[N_SCORE_COMPONENTS],
                 const double *const strength[N_SCORE_COMPONENTS], uint32_t n, int64_t *score,
                 uint32_t *order)
{
    for (uint32_t i = 0; i < n; i++) {
        score[i] = 0;
        for (int c = 0; c < N_SCORE_COMPONENTS; c++)
            score[i] += weights[c] * twice_rank(strength[c], n, i);
    }
    for (uint32_t i = 0; i < n; i++) { /* stable: equal scores stay in the order of their symbols */
        uint32_t at = i;
        for (; at > 0 && score[order[at - 1]] < score[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}
