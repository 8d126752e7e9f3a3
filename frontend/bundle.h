/* bundle - the built front-end inside the program (cmake/frontend.cmake makes bundle.c of it).
 * SCRIPT is the report's, LIVE that of `plateau serve`; both use the one style sheet. Built without
 * Node.js the scripts are empty and the style sheet is the source's. */
#ifndef FRONTEND_BUNDLE_H
#define FRONTEND_BUNDLE_H
#include <stddef.h>

extern const unsigned char FRONTEND_SCRIPT[], FRONTEND_LIVE[], FRONTEND_STYLE[];
extern const size_t FRONTEND_SCRIPT_BYTES, FRONTEND_LIVE_BYTES, FRONTEND_STYLE_BYTES;
#endif
