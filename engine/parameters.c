#include "engine/parameters.h"

const char *const SLIPPAGE_MODEL_NAMES[] = {"none", "expected", "sampled", NULL};
const char *const VOLATILITY_MODE_NAMES[] = {"continuous", "regime", "off", NULL};
