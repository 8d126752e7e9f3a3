/* site_pages - what `plateau serve` answers, and where.
 *
 *   /                      the runs
 *   /run?id=RUN            one run, live
 *   /live.js /app.css      the front-end
 *   /heatmap.png?run=RUN   its objective, as a picture
 *   /api/runs              JSON: how far each is
 *   /api/events?run=RUN    that of one run, each second
 *   /api/model?run=RUN     JSON: axes, metrics, ..
 *   /api/cell?run=RUN&point=&scenario=   JSON
 *   /api/review?run=RUN    JSON: the verdict, once it was reviewed
 *   /api/view?run=RUN&metric=&scenario=&period=[&minus=]&x=[&y=]&how=&held=
 *       the numbers of one view: little-endian f64 nx, ny, then value, count, point [ny][nx] f64,
 *       status [ny][nx] u8
 *
 * Built without Node.js there is no front-end: / and /run are plain pages with the picture. */
#ifndef CLI_SITE_PAGES_H
#define CLI_SITE_PAGES_H
#include "cli/site.h"
#include "coordinator/http.h"

enum { SITE_N_ROUTES = 11 };
/* routes ends with path NULL; it and the site outlive the server. */
void site_routes(struct site *site, struct http_route routes[SITE_N_ROUTES + 1]);
#endif
