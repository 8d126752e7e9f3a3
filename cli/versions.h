/* versions - the libraries this program runs with, as they report themselves at run time. */
#ifndef CLI_VERSIONS_H
#define CLI_VERSIONS_H

struct version {
    const char *name;
    const char *(*get)(void); /* a string that stays valid */
};
enum { N_VERSIONS = 8 };
extern const struct version VERSIONS[N_VERSIONS];
#endif
