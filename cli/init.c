/* init - a sweep to begin with: comments say what each part is for. */
#include "cli/cli.h"
#include "starter.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

int cli_init(int argc, char **argv)
{
    struct cli_args args;
    const struct cli_option options[] = {CLI_OPTION_END};
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    const char *path = args.n ? args.at[0] : "sweep.yaml";
    struct cli_output out;
    struct err_note note;
    if (access(path, F_OK) == 0) {
        err_set(&note, ERR_EXISTS, "%s: is there already and is not overwritten", path);
        return cli_fail(ERR_EXISTS, &note, "plateau init OTHER_NAME.yaml");
    }
    enum err err = cli_output_open(&out, path, false, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    fwrite(STARTER, 1, sizeof STARTER - 1, out.file);
    err = cli_output_commit(&out, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    cli_say("wrote %s\n  next: plateau plan %s", path, path);
    return CLI_OK;
}
