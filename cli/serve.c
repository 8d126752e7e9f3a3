/* serve - runs in a browser while they go: progress, workers, failures, and the explorer of the
 * report with what the journal holds by now. A process of its own that reads: it may be started and
 * ended at any time, and goes on when a run's coordinator does not. */
#include "cli/cli.h"
#include "cli/site_pages.h"
#include "frontend/bundle.h"
#include <time.h>

enum { NAP_MS = 100 };

static enum err serve(struct site *site, const struct http_options *options, struct err_note *note)
{
    struct http *http = NULL;
    const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
    enum err err = http_start(&http, options, note);
    if (err)
        return err;
    cli_say("serving  %s/%s%s", http_url(http), site->only[0] ? "run?id=" : "", site->only);
    if (!FRONTEND_LIVE_BYTES)
        cli_say("plateau: this program was built without Node.js: plain pages, no explorer");
    cli_catch_signals();
    while (!cli_stop)
        nanosleep(&nap, NULL);
    http_stop(&http);
    return OK;
}

int cli_serve(int argc, char **argv)
{
    const char *runs = "runs";
    struct http_route routes[SITE_N_ROUTES + 1];
    struct http_options http = {.listen = "127.0.0.1:9465", .routes = routes};
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"http", 0, CLI_TEXT, &http.listen, "HOST:PORT",
         "where to listen (default: 127.0.0.1:9465; port 0: any)", NULL},
        {"http-token", 0, CLI_TEXT, &http.token_file, "FILE",
         "who asks must know this token; needed beyond loopback", NULL},
        {"http-anyone", 0, CLI_FLAG, &http.anyone, NULL, "beyond loopback without a token", NULL},
        CLI_OPTION_END,
    };
    struct cli_args args;
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    struct err_note note = {""};
    struct site site;
    enum err err = site_open(&site, runs, args.n ? args.at[0] : NULL, &note);
    site_routes(&site, routes);
    if (!err)
        err = serve(&site, &http, &note);
    site_close(&site);
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
