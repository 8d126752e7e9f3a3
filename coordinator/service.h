/* service - several runs in one process: submitted, queued, computed side by side by shared
 * workers, exported when done.
 *
 *   RUNS/.service/   lock (who holds the folder)   socket (coordinator/run_socket.h)
 *   RUNS/ID/standing.json   what is to be done with a run (coordinator/standing.h)
 *
 * All it knows is on disk: a service that was killed goes on where it was. */
#ifndef COORDINATOR_SERVICE_H
#define COORDINATOR_SERVICE_H
#include "coordinator/run.h"

#define SERVICE_FOLDER ".service"
#endif
