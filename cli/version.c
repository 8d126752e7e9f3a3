#include "cli/cli.h"
#include "cli/versions.h"
#include "engine/plateau_engine.h"

int cli_version(int argc, char **argv)
{
    struct cli_args args;
    const struct cli_option options[] = {CLI_OPTION_END};
    int code = cli_parse(argc, argv, options, 0, 0, &args);
    if (code >= 0)
        return code;
    printf("plateau %s\nengine id %s\n", PLATEAU_VERSION, plateau_engine_id());
    for (unsigned i = 0; i < N_VERSIONS; i++)
        printf("%s %s\n", VERSIONS[i].name, VERSIONS[i].get());
    return CLI_OK;
}
