#include "review/palette.h"
#include <math.h>

enum { STOPS = 9 };
static const uint8_t maps[][STOPS][3] = {
    [PALETTE_SEQUENTIAL] = {{68, 1, 84},
                            {71, 44, 122},
                            {59, 81, 139},
                            {44, 113, 142},
                            {33, 144, 141},
                            {39, 173, 129},
                            {92, 200, 99},
                            {170, 220, 50},
                            {253, 231, 37}},
    [PALETTE_DIVERGING] = {{8, 42, 98},
                           {33, 102, 172},
                           {67, 147, 195},
                           {146, 197, 222},
                           {247, 247, 247},
                           {253, 208, 162},
                           {253, 141, 60},
                           {217, 72, 1},
                           {127, 39, 4}},
};

struct palette_rgb palette_at(enum palette palette, double share)
{
    double at = (share > 0 ? share < 1 ? share : 1 : 0) * (STOPS - 1);
    int i = at < STOPS - 1 ? (int)at : STOPS - 2;
    double part = at - i;
    const uint8_t *a = maps[palette][i], *b = maps[palette][i + 1];
    struct palette_rgb out;
    out.r = (uint8_t)lround(a[0] + part * (b[0] - a[0]));
    out.g = (uint8_t)lround(a[1] + part * (b[1] - a[1]));
    out.b = (uint8_t)lround(a[2] + part * (b[2] - a[2]));
    return out;
}

static double linear(uint8_t channel)
{
    double c = channel / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

double palette_luminance(struct palette_rgb colour)
{
    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b);
}

static int cube_step(int channel) /* levels 0, 95, 135, 175, 215, 255 */
{
    return channel < 48 ? 0 : channel < 115 ? 1 : (channel - 35) / 40;
}

uint8_t palette_xterm(struct palette_rgb colour)
{
    static const int level[] = {0, 95, 135, 175, 215, 255};
    int r = cube_step(colour.r), g = cube_step(colour.g), b = cube_step(colour.b);
    int grey = ((int)colour.r + colour.g + colour.b) / 3, step = grey < 8     ? 0
                                                                 : grey > 238 ? 23
                                                                              : (grey - 3) / 10;
    int dr = level[r] - colour.r, dg = level[g] - colour.g, db = level[b] - colour.b;
    int v = 8 + 10 * step, er = v - colour.r, eg = v - colour.g, eb = v - colour.b;
    if (er * er + eg * eg + eb * eb < dr * dr + dg * dg + db * db)
        return (uint8_t)(232 + step);
    return (uint8_t)(16 + 36 * r + 6 * g + b);
}
