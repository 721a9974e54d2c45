/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace._headrace: the parts put together. The types are static variables of the parts, so there is one module per
 * process: single-phase initialisation, which tells a subinterpreter so.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "arrow_export.h"
#include "attachment_type.h"
#include "failure.h"
#include "feed_type.h"
#include "field_choice.h"
#include "lent_type.h"
#include "level_type.h"
#include "record_type.h"

#define CONSTANT(name) {#name, HR_##name}

/* Numbers of record.h, under their names there without HR_. */
static const struct {
    const char *name;
    long long value;
} constants[] = {
    CONSTANT(RTYPE_TRADE),
    CONSTANT(RTYPE_MBP_1),
    CONSTANT(RTYPE_MBP_10),
    CONSTANT(RTYPE_OHLCV_DEPRECATED),
    CONSTANT(RTYPE_STATUS),
    CONSTANT(RTYPE_DEFINITION),
    CONSTANT(RTYPE_IMBALANCE),
    CONSTANT(RTYPE_STATISTICS),
    CONSTANT(RTYPE_OHLCV_1S),
    CONSTANT(RTYPE_OHLCV_1M),
    CONSTANT(RTYPE_OHLCV_1H),
    CONSTANT(RTYPE_OHLCV_1D),
    CONSTANT(RTYPE_OHLCV_EOD),
    CONSTANT(RTYPE_MBO),
    CONSTANT(RTYPE_CMBP_1),
    CONSTANT(RTYPE_CBBO_1S),
    CONSTANT(RTYPE_CBBO_1M),
    CONSTANT(RTYPE_TCBBO),
    CONSTANT(RTYPE_BBO_1S),
    CONSTANT(RTYPE_BBO_1M),
    CONSTANT(RTYPE_LOST),
    CONSTANT(RTYPE_GAP),
    CONSTANT(RTYPE_RECOVERED),
    CONSTANT(RTYPE_SESSION),
    CONSTANT(RTYPE_TRADE_BREAK),
    CONSTANT(RTYPE_NATIVE),
    CONSTANT(FLAG_LAST),
    CONSTANT(FLAG_TOB),
    CONSTANT(FLAG_SNAPSHOT),
    CONSTANT(FLAG_MBP),
    CONSTANT(FLAG_BAD_TS_RECV),
    CONSTANT(FLAG_MAYBE_BAD_BOOK),
    CONSTANT(FLAG_PUBLISHER_SPECIFIC),
    CONSTANT(STATUS_NONE),
    CONSTANT(STATUS_PRE_OPEN),
    CONSTANT(STATUS_PRE_CROSS),
    CONSTANT(STATUS_QUOTING),
    CONSTANT(STATUS_CROSS),
    CONSTANT(STATUS_ROTATION),
    CONSTANT(STATUS_NEW_PRICE_INDICATION),
    CONSTANT(STATUS_TRADING),
    CONSTANT(STATUS_HALT),
    CONSTANT(STATUS_PAUSE),
    CONSTANT(STATUS_SUSPEND),
    CONSTANT(STATUS_PRE_CLOSE),
    CONSTANT(STATUS_CLOSE),
    CONSTANT(STATUS_POST_CLOSE),
    CONSTANT(STATUS_SSR_CHANGE),
    CONSTANT(STATUS_NOT_AVAILABLE_FOR_TRADING),
    CONSTANT(TRADING_EVENT_NONE),
    CONSTANT(TRADING_EVENT_NO_CANCEL),
    CONSTANT(TRADING_EVENT_CHANGE_TRADING_SESSION),
    CONSTANT(TRADING_EVENT_IMPLIED_MATCHING_ON),
    CONSTANT(TRADING_EVENT_IMPLIED_MATCHING_OFF),
    CONSTANT(REASON_NONE),
    CONSTANT(REASON_SCHEDULED),
    CONSTANT(REASON_SURVEILLANCE_INTERVENTION),
    CONSTANT(REASON_MARKET_EVENT),
    CONSTANT(REASON_INSTRUMENT_ACTIVATION),
    CONSTANT(REASON_INSTRUMENT_EXPIRATION),
    CONSTANT(REASON_RECOVERY_IN_PROCESS),
    CONSTANT(REASON_REGULATORY),
    CONSTANT(REASON_ADMINISTRATIVE),
    CONSTANT(REASON_NON_COMPLIANCE),
    CONSTANT(REASON_FILINGS_NOT_CURRENT),
    CONSTANT(REASON_SEC_TRADING_SUSPENSION),
    CONSTANT(REASON_NEW_ISSUE),
    CONSTANT(REASON_ISSUE_AVAILABLE),
    CONSTANT(REASON_ISSUES_REVIEWED),
    CONSTANT(REASON_FILING_REQS_SATISFIED),
    CONSTANT(REASON_NEWS_PENDING),
    CONSTANT(REASON_NEWS_RELEASED),
    CONSTANT(REASON_NEWS_AND_RESUMPTION_TIMES),
    CONSTANT(REASON_NEWS_NOT_FORTHCOMING),
    CONSTANT(REASON_ORDER_IMBALANCE),
    CONSTANT(REASON_LULD_PAUSE),
    CONSTANT(REASON_OPERATIONAL),
    CONSTANT(REASON_ADDITIONAL_INFORMATION_REQUESTED),
    CONSTANT(REASON_MERGER_EFFECTIVE),
    CONSTANT(REASON_ETF),
    CONSTANT(REASON_CORPORATE_ACTION),
    CONSTANT(REASON_NEW_SECURITY_OFFERING),
    CONSTANT(REASON_MARKET_WIDE_HALT_LEVEL_1),
    CONSTANT(REASON_MARKET_WIDE_HALT_LEVEL_2),
    CONSTANT(REASON_MARKET_WIDE_HALT_LEVEL_3),
    CONSTANT(REASON_MARKET_WIDE_HALT_CARRYOVER),
    CONSTANT(REASON_MARKET_WIDE_HALT_RESUMPTION),
    CONSTANT(REASON_QUOTATION_NOT_AVAILABLE),
    CONSTANT(STAT_OPENING_PRICE),
    CONSTANT(STAT_INDICATIVE_OPENING_PRICE),
    CONSTANT(STAT_SETTLEMENT_PRICE),
    CONSTANT(STAT_TRADING_SESSION_LOW_PRICE),
    CONSTANT(STAT_TRADING_SESSION_HIGH_PRICE),
    CONSTANT(STAT_CLEARED_VOLUME),
    CONSTANT(STAT_LOWEST_OFFER),
    CONSTANT(STAT_HIGHEST_BID),
    CONSTANT(STAT_OPEN_INTEREST),
    CONSTANT(STAT_FIXING_PRICE),
    CONSTANT(STAT_CLOSE_PRICE),
    CONSTANT(STAT_VWAP),
    CONSTANT(STAT_VOLATILITY),
    CONSTANT(STAT_DELTA),
    CONSTANT(STAT_UPPER_PRICE_LIMIT),
    CONSTANT(STAT_LOWER_PRICE_LIMIT),
    CONSTANT(STAT_BLOCK_VOLUME),
    CONSTANT(STAT_MWCB_LEVEL_1),
    CONSTANT(STAT_MWCB_LEVEL_2),
    CONSTANT(STAT_MWCB_LEVEL_3),
    CONSTANT(STAT_AUCTION_COLLAR_REFERENCE_PRICE),
    CONSTANT(STAT_AUCTION_COLLAR_UPPER_PRICE),
    CONSTANT(STAT_AUCTION_COLLAR_LOWER_PRICE),
    CONSTANT(STAT_VENUE_SPECIFIC_VOLUME_1),
    CONSTANT(STAT_VENUE_SPECIFIC_PRICE_1),
    CONSTANT(UNDEF_PRICE),
    CONSTANT(UNDEF_ORDER_SIZE),
    CONSTANT(UNDEF_STAT_QUANTITY),
    CONSTANT(PRICE_SCALE),
    CONSTANT(SLOT_STAMP_BYTES),
};

static int add_constants(PyObject *module)
{
    int failed = 0;
    for (size_t i = 0; !failed && i < sizeof constants / sizeof *constants; i++) {
        PyObject *value = PyLong_FromLongLong(constants[i].value);
        failed = !value || PyModule_AddObjectRef(module, constants[i].name, value) < 0;
        Py_XDECREF(value);
    }
    if (!failed) { /* the one that is greater than a long long */
        PyObject *value = PyLong_FromUnsignedLongLong(HR_UNDEF_TIMESTAMP);
        failed = !value || PyModule_AddObjectRef(module, "UNDEF_TIMESTAMP", value) < 0;
        Py_XDECREF(value);
    }
    return failed ? -1 : 0;
}

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "headrace._headrace",
    .m_doc = "The C part of the package headrace: feeds, records and exceptions.",
    .m_size = -1,
};

/* What the interpreter looks for; nobody else calls it. */
PyMODINIT_FUNC PyInit__headrace(void);

PyMODINIT_FUNC PyInit__headrace(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && (failures_add(module) < 0 || level_types_add(module) < 0 || record_types_add(module) < 0 ||
                   attachment_types_add(module) < 0 || lent_type_add(module) < 0 || arrow_export_add(module) < 0 ||
                   field_choice_add(module) < 0 || feed_type_add(module) < 0 || add_constants(module) < 0))
        Py_CLEAR(module);
#ifdef Py_GIL_DISABLED
    if (module) /* one call at a time on a feed, by its own word; records do not change; loans have a lock */
        PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    return module;
}
