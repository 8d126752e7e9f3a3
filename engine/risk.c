#include "engine/risk.h"
#include <assert.h>
#include <string.h>

void risk_start(struct risk *risk)
{
    risk->n_returns = risk->n_vols = 0;
}

/* Population standard deviation, two passes. */
static double volatility(const double *returns)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < RISK_VOL_RETURNS; i++)
        sum += returns[i];
    double mean = sum / RISK_VOL_RETURNS;
    for (uint32_t i = 0; i < RISK_VOL_RETURNS; i++)
        squares += (returns[i] - mean) * (returns[i] - mean);
    return __builtin_sqrt(squares / RISK_VOL_RETURNS);
}

/* First place of a value not less than x. */
static uint32_t place(const double *sorted, uint32_t n, double x)
{
    uint32_t i = 0;
    while (i < n && sorted[i] < x)
        i++;
    return i;
}

void risk_append(struct risk *risk, const double *returns, uint32_t n)
{
    assert(n == risk->n_returns + 1);
    risk->n_returns = n;
    if (n < RISK_VOL_RETURNS)
        return;
    risk->vol = volatility(returns + n - RISK_VOL_RETURNS);
    uint32_t slot = (n - RISK_VOL_RETURNS) % RISK_BASELINE_VOLS;
    if (risk->n_vols == RISK_BASELINE_VOLS) {
        uint32_t out = place(risk->sorted, risk->n_vols, risk->ring[slot]);
        memmove(risk->sorted + out, risk->sorted + out + 1,
                (--risk->n_vols - out) * sizeof *risk->sorted);
    }
    uint32_t in = place(risk->sorted, risk->n_vols, risk->vol);
    memmove(risk->sorted + in + 1, risk->sorted + in, (risk->n_vols++ - in) * sizeof *risk->sorted);
    risk->ring[slot] = risk->sorted[in] = risk->vol;
}

double risk_multiplier(const struct risk *risk, enum volatility_mode mode)
{
    uint32_t n = risk->n_vols;
    if (n == 0 || mode == VOLATILITY_OFF)
        return 1;
    double baseline =
        n % 2 ? risk->sorted[n / 2] : (risk->sorted[n / 2 - 1] + risk->sorted[n / 2]) / 2;
    double ratio = baseline != 0 ? risk->vol / baseline : 1;
    return risk_of_ratio(ratio, mode);
}
