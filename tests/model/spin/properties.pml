/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold.
 */
/* The new slot is not one that the reader may still look at, as far as the writer was told. */
inline slot_is_the_writers() {
#ifdef HOSTILE
    assert(producer.state == RUNNING);
    assert(producer.written - producer.read < SLOTS)
#else
    skip
#endif
}

/* Each record whole, of this attachment, in order, none twice, and each loss told in its place. Of a reader that was let go of,
 * nothing is said: the ring is another's. */
inline is_whole_and_next(first, second) {
    assert(me != attachment || first == second);
    assert(me != attachment || (IS_LOST(first) -> first == LOST(me, COUNT(first)) && COUNT(first) > 0 :
                                first == RECORD(me, consumer[me].records + consumer[me].lost + 1)))
}

/* When nobody can take a step any more. */
active proctype monitor() {
    timeout -> d_step {
        assert(left || handler_killed);
#ifndef HOSTILE
        if
        :: GONE
        :: else ->
            assert(producer.state != EVICTED);
            /* Everything that was committed was read, and the writer was told so. */
            assert(slot[AT(consumer[attachment].read)].stamp <= consumer[attachment].last_stamp);
            assert(consumer[attachment].read == producer.written || handler_killed);
            assert(cursor[PAGE(attachment)].read == consumer[attachment].read);
            /* The reader ended with the reason, or waits for more where there may be more. */
            assert(consumer[attachment].ended == (header.state != RUNNING -> header.state : (handler_killed -> DIED : 0)));
            /* Read and told lost, or known to be still untold, is what was published. A kill may fall between two counts. */
            assert(consumer[attachment].lost + producer.lost_pending + (header.state == DETACHED -> 1 : 0) == producer.lost
                   || handler_killed);
            assert(consumer[attachment].records + producer.lost == producer.published || handler_killed);
            assert(consumer[attachment].records + producer.lost + 1 >= producer.published);
            assert(producer.lost_pending == 0 || !patient || ON_FULL_DETACH || handler_killed)
        fi
#endif
    }
}
