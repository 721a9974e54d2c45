/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory that both sides have mapped: ring/include/headrace/ring_abi.h. A word of 64 bits is a byte here, and its unsigned
 * arithmetic is modulo 256 (U64). A record is two words, so that half of one can be seen. There is a cursor page for each
 * attachment: hr_producer_renew makes a new one.
 *
 * Here and in the other files, atomic and d_step hold one access to this memory and private work around it, never two.
 */
#define U64(value) ((value) & 255)
#define AT(count) ((count) & (SLOTS - 1))

/* Both words of a record hold the same: the attachment, and the record's number or, of a LOST record, its count. */
#define RECORD(owner, number) (32 * (owner) + (number))
#define LOST(owner, number) (128 + 32 * (owner) + (number))
#define IS_LOST(word) ((word) >= 128)
#define COUNT(word) ((word) & 31)

#define RUNNING 1
#define DETACHED 2
#define EVICTED 3
#define STOPPING 4
#define DIED 5 /* no state: the socket's hang-up */

typedef Slot { byte stamp; byte low; byte high };
typedef Header { byte state; byte first_stamp; byte wakes };
typedef Cursor { byte read; byte waiting };

Slot slot[SLOTS];
Header header;
Cursor cursor[ATTACHMENTS];

#ifdef SLEEP
/* The writer has no fence: what it stores last, a stamp or the state, may become visible only after its later loads. One entry; what
 * is stored before is visible first (release). It empties itself in the end, whether its process lives or not. */
typedef Buffer { bool holds; bool is_state; byte at; byte value };
Buffer buffer;
#define VISIBLE (!buffer.holds)

inline store_stamp(index, stored_stamp) { buffer.at = index; buffer.value = stored_stamp; buffer.holds = 1 }
inline store_state(stored_state) { buffer.is_state = 1; buffer.value = stored_state; buffer.holds = 1 }

proctype store_buffer() {
    do
    :: d_step {
        buffer.holds ->
        if
        :: buffer.is_state -> header.state = buffer.value
        :: else -> slot[buffer.at].stamp = buffer.value
        fi;
        buffer.holds = 0; buffer.is_state = 0; buffer.at = 0; buffer.value = 0
    }
    od
}
#else
#define VISIBLE true
inline store_stamp(index, stored_stamp) { slot[index].stamp = stored_stamp }
inline store_state(stored_state) { header.state = stored_state }
#endif
