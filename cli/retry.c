/* retry - cells that failed, crashed, took too long or are disputed: computed again, with what they
 * were kept on record. */
#include "coordinator/retry.h"
#include "cli/execute.h"
#include "coordinator/import.h"
#include <inttypes.h>

int cli_retry(int argc, char **argv)
{
    struct execute_options how = EXECUTE_DEFAULTS;
    bool wanted[N_STATUSES] = {false};
    struct cli_args args;
    uint32_t n_workers;
    struct err_note note = {""};
    struct run_dir run;
    uint64_t n_tiles = 0, n_cells = 0;
    const struct cli_option options[] = {
        {"failed", 0, CLI_FLAG, &wanted[STATUS_FAILED], NULL, "cells the engine refused", NULL},
        {"crashed", 0, CLI_FLAG, &wanted[STATUS_CRASHED], NULL, "cells that ended their worker",
         NULL},
        {"timeout", 0, CLI_FLAG, &wanted[STATUS_TIMEOUT], NULL, "cells over --cell-timeout", NULL},
        {"disputed", 0, CLI_FLAG, &wanted[STATUS_DISPUTED], NULL,
         "tiles for which workers gave different bits, decided or not", NULL},
        EXECUTE_OPTIONS(how),
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    if (!wanted[STATUS_FAILED] && !wanted[STATUS_CRASHED] && !wanted[STATUS_TIMEOUT] &&
        !wanted[STATUS_DISPUTED])
        return cli_usage("plateau retry last --crashed", "retry: which cells? --failed, --crashed, "
                                                         "--timeout, --disputed, or several");
    code = execute_check(&how, &n_workers); /* before tiles are taken out */
    if (code)
        return code;
    cli_quiet(how.quiet);
    enum err err = run_dir_open(&run, how.runs, args.n ? args.at[0] : "last", &note);
    if (err)
        return cli_fail(err, &note, NULL);
    if (import_is(&run.job))
        err = import_refuse(&run, "retry", &note);
    if (!err)
        err = retry_take_out(&run, wanted, &n_tiles, &n_cells, &note);
    if (err) {
        run_dir_free(&run);
        return cli_fail(err, &note, NULL);
    }
    cli_say("run %s: %" PRIu64 " tile%s with %" PRIu64 " such cell%s to be computed again", run.id,
            n_tiles, n_tiles == 1 ? "" : "s", n_cells, n_cells == 1 ? "" : "s");
    code = execute_run(&run, &how, n_workers);
    run_dir_free(&run);
    return code;
}
