/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of DBN versions 1 and 2 as version 3 has them, field for field as the `dbn` crate does by default.
 */
#ifndef HEADRACE_DBN_UPGRADE_H
#define HEADRACE_DBN_UPGRADE_H

#include <stddef.h>
#include <stdint.h>

#define HR_DBN_UPGRADED_BYTES_MAX 520

/* How many bytes the record of this type and version must have for hr_dbn_upgrade to make another of it; 0: it stays as it is.
 */
size_t hr_dbn_upgradable_bytes(uint8_t version, uint8_t rtype);

/* Writes the version 3 of such a record to `into` (HR_DBN_UPGRADED_BYTES_MAX bytes, aligned to 8). Returns its bytes. */
size_t hr_dbn_upgrade(uint8_t version, const uint8_t *record, uint8_t *into);

#endif
