#include "coordinator/dispatch_inside.h"
#include "coordinator/status_count.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include <string.h>

/* ---- rows and acks ---- */

static void ack_later(struct dispatch *d, uint64_t key, const struct msg_result *m, bool handed_out)
{
    if (dispatch_room(d, (void **)&d->acks, &d->acks_capacity, d->n_acks, sizeof *d->acks))
        d->acks[d->n_acks++] = (struct ack){key, m->tile, m->first_cell, m->epoch, handed_out};
}

static bool awaits_ack(const struct dispatch *d, uint64_t key, const struct msg_result *m)
{
    for (size_t i = 0; i < d->n_acks; i++) {
        const struct ack *ack = &d->acks[i];
        if (ack->peer == key && ack->tile == m->tile && ack->first_cell == m->first_cell &&
            ack->epoch == m->epoch)
            return true;
    }
    return false;
}

void dispatch_ack(struct dispatch *d, uint64_t key, uint64_t run, uint64_t tile,
                  uint32_t first_cell, uint32_t epoch)
{
    SEND(d, key, ack, {.run = run, .tile = tile, .first_cell = first_cell, .epoch = epoch});
}

static void count_row(struct dispatch *d, const struct journal_row *row)
{
    if (row->n_failed) /* a row on its way to the journal has been checked */
        (void)status_count_row(d->options.job, row, d->stats.failed_as);
    d->stats.cells_failed += row->n_failed;
    d->stats.cells_excluded += row->n_excluded;
    d->n_unsaved++;
    for (size_t i = 0; i < d->n_acks; i++)
        d->acks[i].handed_out |= d->acks[i].tile == row->tile;
}

bool dispatch_next_row(struct dispatch *d, struct journal_row *row)
{
    if (!parts_next_whole(&d->parts, row))
        return false;
    count_row(d, row);
    return true;
}

void dispatch_saved(struct dispatch *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->n_acks; i++) {
        if (!d->acks[i].handed_out)
            d->acks[kept++] = d->acks[i];
        else if (dispatch_find_peer(d, d->acks[i].peer))
            dispatch_ack(d, d->acks[i].peer, d->options.run, d->acks[i].tile, d->acks[i].first_cell,
                         d->acks[i].epoch);
    }
    d->n_acks = kept;
    d->n_unsaved = 0;
    parts_forget_handed_out(&d->parts);
}

/* ---- results ---- */

/* Walks the cells: nothing that results.h5 or a comparison could stumble over gets into the
 * journal. */
static bool check_cells(const struct dispatch *d, const struct msg_result *m,
                        struct journal_row *row)
{
    const struct job *job = d->options.job;
    struct result_reader reader;
    struct result_cell cell;
    enum err err;
    if (m->tile >= lease_n_tiles(d->leases))
        return false;
    uint32_t n_cells = lease_tile_cells(d->leases, m->tile);
    if (m->n_cells == 0 || m->first_cell >= n_cells || m->n_cells > n_cells - m->first_cell)
        return false;
    result_reader_init(&reader, job, N_METRICS, 0, m->cells.bytes, m->cells.length);
    reader.cells_left = m->n_cells;
    reader.scenario = m->first_cell % job->n_scenarios;
    while ((err = result_next(&reader, &cell)) == OK) {
        if (cell.status != STATUS_OK && cell.status != STATUS_FAILED &&
            cell.status != STATUS_EXCLUDED)
            return false; /* the others are the coordinator's to give */
        row->n_excluded += cell.status == STATUS_EXCLUDED;
        row->n_failed += cell.status != STATUS_EXCLUDED && cell.status != STATUS_OK;
    }
    return err == ERR_EMPTY;
}

static enum dispatch_verdict take_piece(struct dispatch *d, uint64_t key,
                                        const struct msg_result *m, struct journal_row *row,
                                        bool last)
{
    ack_later(d, key, m, false);
    if (parts_add(&d->parts, row, m->first_cell, last))
        return DISPATCH_NOMEM;
    return last && dispatch_next_row(d, row) ? DISPATCH_SAVE : DISPATCH_NOTHING;
}

static enum dispatch_verdict settle(struct dispatch *d, const struct peer *peer,
                                    const struct msg_result *m, struct journal_row *row)
{
    struct lease lease = {m->tile, m->first_cell, m->n_cells, m->epoch};
    if (dispatch_had_its_say(d, peer, m->tile)) {
        dispatch_ack(d, peer->key, m->run, m->tile, m->first_cell, m->epoch);
        return DISPATCH_NOTHING;
    }
    enum lease_outcome outcome = lease_settle(d->leases, &lease);
    switch (outcome) {
    case LEASE_TILE:
        parts_drop(&d->parts, m->tile);
        ack_later(d, peer->key, m, true);
        count_row(d, row);
        return DISPATCH_SAVE;
    case LEASE_PIECE:
    case LEASE_LAST:
        return take_piece(d, peer->key, m, row, outcome == LEASE_LAST);
    case LEASE_SETTLED:
        return DISPATCH_COMPARE;
    case LEASE_UNKNOWN:                   /* nothing can be made of it: the worker may forget it */
        if (!awaits_ack(d, peer->key, m)) /* but of a piece that came before: not yet */
            dispatch_ack(d, peer->key, m->run, m->tile, m->first_cell, m->epoch);
        break;
    }
    return DISPATCH_NOTHING;
}

/* What its worker holds, and that it makes progress. */
static void note_progress(struct dispatch *d, int64_t now_ms, struct peer *peer,
                          const struct msg_result *m)
{
    const struct lease lease = {m->tile, m->first_cell, m->n_cells, m->epoch};
    if (lease_is_held(d->leases, peer->key, &lease)) /* handed in again, it is no sign of it */
        peer->renewed_ms = now_ms;
    peer->n_out -= peer->n_out > 0;
    peer->alone &= peer->n_out > 0;
}

enum dispatch_verdict dispatch_result(struct dispatch *d, int64_t now_ms, struct peer *peer,
                                      const struct msg_result *m, struct journal_row *row)
{
    if (m->run != d->options.run) {
        dispatch_ack(d, peer->key, m->run, m->tile, m->first_cell, m->epoch);
        return DISPATCH_NOTHING;
    }
    if (m->epoch == DISPATCH_CANARY_EPOCH) {
        dispatch_canary_came(d, now_ms, peer, m);
        return DISPATCH_NOTHING;
    }
    *row = (struct journal_row){.tile = m->tile,
                                .epoch = m->epoch,
                                .compute_us = m->compute_us,
                                .bytes = m->cells.bytes,
                                .length = m->cells.length};
    memcpy(row->worker, peer->name, sizeof peer->name);
    if (!check_cells(d, m, row)) {
        dispatch_isolate(d, now_ms, row->worker, REFUSAL_RESULT,
                         "a result that does not fit its tile");
        return DISPATCH_NOTHING;
    }
    dispatch_watch_failures(d, peer, row->n_failed > 0);
    d->stats.results++;
    d->stats.compute_us += m->compute_us;
    note_progress(d, now_ms, peer, m);
    enum dispatch_verdict verdict = settle(d, peer, m, row);
    if (verdict != DISPATCH_NOMEM)
        dispatch_grant_to(d, now_ms, peer);
    return verdict;
}
