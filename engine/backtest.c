#include "engine/backtest.h"

void backtest_free(struct backtest **backtest_p)
{
    *backtest_p = NULL;
}
