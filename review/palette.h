/* palette - colours of heatmaps that colour-blind readers tell apart: viridis (dark low, bright
 * high) for one-sided numbers, blue - white - orange for numbers on both sides of zero. */
#ifndef REVIEW_PALETTE_H
#define REVIEW_PALETTE_H
#include <stdint.h>

enum palette { PALETTE_SEQUENTIAL, PALETTE_DIVERGING };
struct palette_rgb {
    uint8_t r, g, b;
};
/* share 0..1 along the map; outside it is clamped. */
struct palette_rgb palette_at(enum palette palette, double share);
/* Relative luminance 0..1: text on it is dark above about 0.35. */
double palette_luminance(struct palette_rgb colour);
/* Nearest of xterm's 256 colours (cube and greys). */
uint8_t palette_xterm(struct palette_rgb colour);
#endif
