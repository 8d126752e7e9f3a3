/* lease - the lease and commit protocol, small enough to be searched whole: one cell, two workers,
 * a coordinator with a journal. Messages may be lost or copied while faults last; either side may
 * die between any two steps, and comes back; a worker keeps its result until it is acked; what is
 * not in the journal dies with the coordinator.
 *
 *   safety:    the cell is committed at most once, an ack is sent only for what the journal holds,
 *              and what was acked stays in the journal
 *   liveness:  with a bounded number of faults the cell is committed, under weak fairness
 *
 * scripts/model.sh checks both, and that each way to break the protocol below is found:
 *   -DACK_FIRST    the ack goes out before the commit
 *   -DCOMMIT_TWICE a second result is committed beside the first
 *   -DFORGET       the coordinator comes back without reading its journal, and commits anew
 *   -DNO_TIMEOUT   a lease whose worker is silent is never given to another */

#define WORKERS 2
#ifndef FAULTS
#define FAULTS 2 /* losses, copies and deaths, together */
#endif
#define ROOM 1   /* frames on a link; one more is lost, as in a full queue */

mtype = { HELLO, LEASE, RESULT, ACK, DRAIN };
chan up[WORKERS] = [ROOM] of { mtype };
chan down[WORKERS] = [ROOM] of { mtype };

byte faults = FAULTS;
byte rows = 0;         /* of the cell, in the journal: what a crash leaves */
bool acked = false;    /* an ack was ever sent */

/* While there are faults a message may be lost when it is sent, or stay for another reading. */
inline send(link, message)
{
    if
    :: full(link) -> skip
    :: nfull(link) -> link!message
    :: nfull(link) && faults > 0 -> faults--
    fi
}
inline read(link, into)
{
    if
    :: link?into
    :: faults > 0 -> faults--; link?<into>
    fi
}

active [WORKERS] proctype worker()
{
    bool has_lease, has_result;
    mtype message;
    atomic { send(up[_pid], HELLO) };
    do
    :: atomic { faults > 0 -> /* kill -9: all it knew is gone, and what was on its way to it */
            faults--;
            has_lease = false;
            has_result = false;
            do :: down[_pid]?_ :: empty(down[_pid]) -> break od
        }
    :: atomic { nempty(down[_pid]) -> read(down[_pid], message);
            if
            :: message == LEASE -> has_lease = true
            :: message == ACK -> has_result = false
            :: message == DRAIN && has_result -> skip /* it leaves when it has the ack */
            :: message == DRAIN && !has_result -> message = 0; break
            fi;
            message = 0
        }
    :: atomic { has_lease -> has_lease = false; has_result = true; send(up[_pid], RESULT) }
    :: atomic { has_result && empty(up[_pid]) -> send(up[_pid], RESULT) } /* no ack came for long */
    :: atomic { !has_lease && !has_result && empty(up[_pid]) && empty(down[_pid]) ->
            send(up[_pid], HELLO) } /* its beat */
    od
}

inline give_acks()
{
    k = 0;
    do
    :: k < WORKERS && waiting[k] ->
        assert(rows > 0); /* an ack means durable */
        acked = true;
        waiting[k] = false;
        send(down[k], ACK);
        k++
    :: k < WORKERS && !waiting[k] -> k++
    :: k == WORKERS -> break
    od;
    k = 0
}

active proctype coordinator()
{
    bool done, unsaved, out, waiting[WORKERS]; /* out: with some worker */
    byte i, k;
    mtype message;
begin:
    atomic {
        unsaved = false; out = false; waiting[0] = false; waiting[1] = false; i = 0; k = 0;
        message = 0;
#ifdef FORGET
        done = false
#else
        done = (rows > 0) /* the journal is read */
#endif
    };
    do
    :: atomic { /* a turn: what came from worker i */
        if
        :: nempty(up[i]) -> read(up[i], message);
            if
#ifdef NO_TIMEOUT
            :: message == HELLO && !done && !unsaved && !out -> out = true; send(down[i], LEASE)
            :: message == HELLO && !done && (unsaved || out) -> skip
#else
            /* Who beats and holds nothing is given it: again, as its lease is overdue, or beside
             * another, as in the tail. */
            :: message == HELLO && !done && !unsaved -> send(down[i], LEASE)
            :: message == HELLO && !done && unsaved -> skip
#endif
            :: message == HELLO && done -> send(down[i], DRAIN)
            :: message == RESULT && !done && !unsaved -> unsaved = true; waiting[i] = true
            :: message == RESULT && !done && unsaved -> waiting[i] = true /* acked with it */
            :: message == RESULT && done -> /* compared with the first: equal */
#ifdef COMMIT_TWICE
                rows++;
#endif
                waiting[i] = true;
                give_acks()
            fi
        :: empty(up[i]) -> skip
        fi;
        message = 0 };
        if /* 20 ms are over, or not yet: one transaction, durable or not there */
        :: atomic { unsaved ->
#ifdef ACK_FIRST
            give_acks() };
            if :: atomic { faults > 0 -> faults--; goto begin } :: true fi;
            atomic {
#endif
            rows++; unsaved = false; done = true };
            if :: atomic { faults > 0 -> faults--; goto begin } :: true fi; /* kill -9 here, too */
            atomic { give_acks(); i = 1 - i }
        :: atomic { !(unsaved && i == 1) -> i = 1 - i }
        :: atomic { faults > 0 -> faults--; goto begin } /* kill -9: the journal is what is left */
        fi
    od
}

/* exactly once, what was acked stays, and it comes to an end */
ltl once { [] (rows <= 1) }
ltl kept { [] (acked -> rows > 0) }
ltl finished { <> (rows > 0) }
