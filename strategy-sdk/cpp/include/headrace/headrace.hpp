/* SPDX-License-Identifier: Apache-2.0
 *
 * Headrace for C++: C++17 and later, one header over libheadrace, nothing more to link (pkg-config headrace).
 *
 *     headrace::Feed feed = headrace::attach("my-strategy");
 *     for (const headrace::Record record : feed)           // waits; ends with the feed
 *         if (const auto *order = record.get_if<hr_mbo>())
 *             on_order(*order);
 *     std::cerr << headrace::to_string(feed.status()) << '\n';
 *
 * Errors: attach throws headrace::Error, or fills in a std::error_code where it is given one. Nothing that reads throws: a read that
 * finds nothing is empty, and feed.status() says whether there will be more. With -fno-exceptions what throws is left out.
 * Cost: the functions that poll are those of headrace.h, inlined; a test compares the instructions.
 * Threads: a feed belongs to one thread at a time, and may be moved to another; several feeds may be read by several threads.
 * Life: a Record or Batch points into the ring and is valid until the next call that reads, waits on, moves from or closes its feed.
 */
#ifndef HEADRACE_HEADRACE_HPP
#define HEADRACE_HEADRACE_HPP

#if __cplusplus < 201703L
#error "headrace.hpp wants C++17 or later (-std=c++17)"
#endif

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#if __has_include(<span>) && __cplusplus >= 202002L
#include <span>
#endif

/* The C headers end structs with arrays of no length, which ISO C++ does not have and every compiler of Linux does. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wc99-extensions"
#endif
#include "headrace/headrace.h"
#pragma GCC diagnostic pop

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define HEADRACE_EXCEPTIONS 1
#else
#define HEADRACE_EXCEPTIONS 0
#endif

/* The hot path's own layer: nothing, whatever a compiler thinks of the size of what is below it. */
#define HEADRACE_INLINE [[gnu::always_inline]] inline

namespace headrace {

/* What a feed does when there is nothing to read: see hr_attach(3). */
enum class Wait : std::uint32_t {
    spin = HR_WAIT_SPIN,
    yield = HR_WAIT_YIELD,
    futex = HR_WAIT_FUTEX,
    eventfd = HR_WAIT_EVENTFD,
    monitor = HR_WAIT_MONITOR,
};

struct Options {
    std::string socket;                /* path; empty: of `instance`, else $HEADRACE_SOCKET */
    std::string instance;              /* empty: "headrace" */
    Wait wait = Wait::spin;
    std::chrono::microseconds spin{0}; /* Wait::futex: how long to spin before sleeping, up to an hour; 0: 20 us */
};

/* Whether there will be more, and why not. Everything that was published before an end is read before it is told. */
enum class Status : int {
    running = 0,
    stopped = -ESHUTDOWN, /* the handler, or the file, ended in good order */
    died = -EPIPE,        /* the handler was killed */
    too_slow = -ENOBUFS,  /* detached: the ring was full, and the policy is on_full: detach */
    evicted = -EBADMSG,   /* the cursor held what no reader writes */
    damaged = -EBADMSG,   /* a file: cut off, or not what it says it is; last_error() says where */
    unknown = -EPROTO,    /* a ring is in a state that this library does not know */
    closed = -EBADF,      /* this Feed has been moved from, or was never attached */
};

[[nodiscard]] constexpr const char *to_string(Status status) noexcept
{
    switch (status) {
    case Status::running:
        return "running";
    case Status::stopped:
        return "the handler has stopped, or the file has ended";
    case Status::died:
        return "the handler has died";
    case Status::too_slow:
        return "this strategy was too slow and is detached";
    case Status::evicted:
        return "evicted: the cursor held a value that no reader writes; or the file is damaged";
    case Status::closed:
        return "not attached";
    case Status::unknown:
        break;
    }
    return "a ring is in a state that this library does not know";
}

/* Why the last call of this thread failed, for people: hr_error(3). */
[[nodiscard]] inline const char *last_error() noexcept
{
    return hr_error();
}

/* A call failed: what() is for people, code() compares with std::errc (std::errc::device_or_resource_busy: attached already). */
class Error : public std::runtime_error
{
  public:
    Error(int error, const char *text) : std::runtime_error(text), code_(-error, std::generic_category())
    {
    }

    [[nodiscard]] const std::error_code &code() const noexcept
    {
        return code_;
    }

  private:
    std::error_code code_;
};

/* Which rtypes a struct is the layout of. Specialise it for a type of your own that has the bytes of a record. */
template <typename T> struct RecordTraits;

#define HEADRACE_RECORD(type, condition)                                                                                              \
    template <> struct RecordTraits<type> {                                                                                           \
        static constexpr bool holds(std::uint8_t rtype) noexcept                                                                      \
        {                                                                                                                             \
            return condition;                                                                                                         \
        }                                                                                                                             \
    }
HEADRACE_RECORD(hr_mbo, rtype == HR_RTYPE_MBO);
HEADRACE_RECORD(hr_trade, rtype == HR_RTYPE_TRADE);
HEADRACE_RECORD(hr_mbp_1, rtype == HR_RTYPE_MBP_1);
HEADRACE_RECORD(hr_mbp_10, rtype == HR_RTYPE_MBP_10);
HEADRACE_RECORD(hr_ohlcv, rtype == HR_RTYPE_OHLCV_DEPRECATED || (rtype >= HR_RTYPE_OHLCV_1S && rtype <= HR_RTYPE_OHLCV_EOD));
HEADRACE_RECORD(hr_bbo, rtype == HR_RTYPE_BBO_1S || rtype == HR_RTYPE_BBO_1M);
HEADRACE_RECORD(hr_cmbp_1, rtype == HR_RTYPE_CMBP_1 || rtype == HR_RTYPE_TCBBO);
HEADRACE_RECORD(hr_cbbo, rtype == HR_RTYPE_CBBO_1S || rtype == HR_RTYPE_CBBO_1M);
HEADRACE_RECORD(hr_status, rtype == HR_RTYPE_STATUS);
HEADRACE_RECORD(hr_definition, rtype == HR_RTYPE_DEFINITION);
HEADRACE_RECORD(hr_imbalance, rtype == HR_RTYPE_IMBALANCE);
HEADRACE_RECORD(hr_statistics, rtype == HR_RTYPE_STATISTICS);
HEADRACE_RECORD(hr_lost, rtype == HR_RTYPE_LOST);
HEADRACE_RECORD(hr_gap, rtype == HR_RTYPE_GAP || rtype == HR_RTYPE_RECOVERED);
HEADRACE_RECORD(hr_session, rtype == HR_RTYPE_SESSION);
HEADRACE_RECORD(hr_trade_break, rtype == HR_RTYPE_TRADE_BREAK);
HEADRACE_RECORD(hr_native, rtype == HR_RTYPE_NATIVE);
#undef HEADRACE_RECORD

/* A record in the ring, or nothing. A pointer, to be passed by value. Other than operator bool, nothing may be asked of an empty one. */
class Record
{
  public:
    constexpr Record() noexcept = default;
    constexpr explicit Record(const hr_record_header *header) noexcept : header_(header)
    {
    }

    [[nodiscard]] constexpr explicit operator bool() const noexcept
    {
        return header_ != nullptr;
    }
    [[nodiscard]] const hr_record_header &header() const noexcept
    {
        return *header_;
    }
    [[nodiscard]] std::uint8_t rtype() const noexcept /* HR_RTYPE_* */
    {
        return header_->rtype;
    }
    [[nodiscard]] std::uint16_t publisher_id() const noexcept
    {
        return header_->publisher_id;
    }
    [[nodiscard]] std::uint32_t instrument_id() const noexcept
    {
        return header_->instrument_id;
    }
    [[nodiscard]] std::uint64_t ts_event() const noexcept /* ns since the UNIX epoch, the exchange's time */
    {
        return header_->ts_event;
    }
    [[nodiscard]] std::uint64_t stamp() const noexcept /* DBN's ts_out, ns since the UNIX epoch: when it was published */
    {
        return hr_record_stamp(header_);
    }
    [[nodiscard]] std::size_t size() const noexcept /* bytes */
    {
        return hr_record_bytes(header_);
    }
    [[nodiscard]] const std::byte *data() const noexcept
    {
        return reinterpret_cast<const std::byte *>(header_);
    }
#ifdef __cpp_lib_span
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept
    {
        return {data(), size()};
    }
#endif

    /* Whether it is a T. One that is longer than the smallest slot is one only with all its bytes, so that none is read beyond it. */
    template <typename T> [[nodiscard]] bool holds() const noexcept
    {
        if (!RecordTraits<T>::holds(header_->rtype))
            return false;
        if constexpr (sizeof(T) > HR_OWN_RECORD_BYTES_MAX)
            return size() >= sizeof(T);
        else
            return true;
    }

    /* The record as a T, or nullptr when it is another. */
    template <typename T> [[nodiscard]] const T *get_if() const noexcept
    {
        return holds<T>() ? reinterpret_cast<const T *>(header_) : nullptr;
    }

    /* The record as a T. Throws headrace::Error when it is another (without exceptions: aborts): where it may be, use get_if. */
    template <typename T> [[nodiscard]] const T &get() const
    {
        if (!holds<T>())
            not_one(header_->rtype);
        return *reinterpret_cast<const T *>(header_);
    }

  private:
    [[noreturn]] static void not_one([[maybe_unused]] std::uint8_t rtype)
    {
#if HEADRACE_EXCEPTIONS
        throw Error(-EINVAL, ("Record::get: the record's rtype " + std::to_string(rtype) +
                              " is not of the type that was asked for; where it may be another, use get_if")
                                 .c_str());
#else
        std::abort();
#endif
    }

    const hr_record_header *header_ = nullptr;
};

/* Several lambdas as one visitor: visit(record, overloaded{[](const hr_mbo &order) { ... }, [](const hr_lost &lost) { ... }}). */
template <typename... Functions> struct overloaded : Functions... {
    using Functions::operator()...;
};
template <typename... Functions> overloaded(Functions...) -> overloaded<Functions...>;

namespace detail {

template <typename T, typename Visitor> constexpr bool visit_as(Record record, Visitor &visitor)
{
    if constexpr (std::is_invocable_v<Visitor &, const T &>) {
        if (const T *found = record.get_if<T>()) {
            visitor(*found);
            return true;
        }
    }
    return false;
}

template <typename Visitor, typename... Types> constexpr bool visit_one_of(Record record, Visitor &visitor)
{
    return (visit_as<Types>(record, visitor) || ...);
}

} // namespace detail

/* Calls the visitor with the record as what it is: const hr_mbo &, const hr_trade &, const hr_lost & ... Types that it does not take, and
 * rtypes that this header does not know, go to its overload for const hr_record_header &, and where it has none are passed over. Returns
 * whether it was called. */
template <typename Visitor> constexpr bool visit(Record record, Visitor &&visitor)
{
    if (detail::visit_one_of<std::remove_reference_t<Visitor>, hr_mbo, hr_trade, hr_lost, hr_gap, hr_session, hr_status, hr_definition,
                             hr_imbalance, hr_statistics, hr_trade_break, hr_native, hr_mbp_1, hr_mbp_10, hr_ohlcv, hr_bbo, hr_cmbp_1,
                             hr_cbbo>(record, visitor))
        return true;
    if constexpr (std::is_invocable_v<Visitor &, const hr_record_header &>) {
        visitor(record.header());
        return true;
    }
    return false;
}

/* A run of records in the ring's own memory: a range of Record. */
class Batch
{
  public:
    class iterator
    {
      public:
        using iterator_category = std::input_iterator_tag; /* in C++17's terms: it gives Records, not references to any */
        using iterator_concept = std::forward_iterator_tag;
        using value_type = Record;
        using difference_type = std::ptrdiff_t;
        using pointer = const Record *;
        using reference = Record;

        constexpr iterator() noexcept = default;
        constexpr iterator(const std::uint8_t *at, std::uint64_t stride) noexcept : at_(at), stride_(stride)
        {
        }
        [[nodiscard]] Record operator*() const noexcept
        {
            return Record(reinterpret_cast<const hr_record_header *>(at_));
        }
        iterator &operator++() noexcept
        {
            at_ += stride_;
            return *this;
        }
        iterator operator++(int) noexcept
        {
            iterator before = *this;
            ++*this;
            return before;
        }
        [[nodiscard]] friend constexpr bool operator==(const iterator &a, const iterator &b) noexcept
        {
            return a.at_ == b.at_;
        }
        [[nodiscard]] friend constexpr bool operator!=(const iterator &a, const iterator &b) noexcept
        {
            return a.at_ != b.at_;
        }

      private:
        const std::uint8_t *at_ = nullptr;
        std::uint64_t stride_ = 0;
    };

    Batch() noexcept = default;
    explicit Batch(const hr_batch &batch) noexcept : batch_(batch)
    {
    }
    [[nodiscard]] explicit operator bool() const noexcept
    {
        return batch_.count != 0;
    }
    [[nodiscard]] bool empty() const noexcept
    {
        return batch_.count == 0;
    }
    [[nodiscard]] std::size_t size() const noexcept /* records */
    {
        return batch_.count;
    }
    [[nodiscard]] std::size_t stride() const noexcept /* bytes from one record to the next */
    {
        return batch_.stride;
    }
    [[nodiscard]] std::uint32_t ring() const noexcept /* which ring they are from */
    {
        return batch_.ring;
    }
    [[nodiscard]] const std::byte *data() const noexcept /* of the first record */
    {
        return reinterpret_cast<const std::byte *>(batch_.first);
    }
    [[nodiscard]] Record operator[](std::size_t index) const noexcept /* index < size() */
    {
        return Record(reinterpret_cast<const hr_record_header *>(batch_.first + index * batch_.stride));
    }
    [[nodiscard]] iterator begin() const noexcept
    {
        return {batch_.first, batch_.stride};
    }
    [[nodiscard]] iterator end() const noexcept
    {
        return {batch_.count ? batch_.first + batch_.count * batch_.stride : batch_.first, batch_.stride};
    }

  private:
    hr_batch batch_{};
};

/* The instruments that a feed's handler has named so far: a range of const hr_directory_entry &, in the order of naming, ring by ring.
 * An instrument may come more than once; its last entry counts. */
class Instruments
{
  public:
    class iterator
    {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = hr_directory_entry;
        using difference_type = std::ptrdiff_t;
        using pointer = const hr_directory_entry *;
        using reference = const hr_directory_entry &;

        iterator() noexcept = default;
        explicit iterator(const hr_feed *feed) noexcept : feed_(feed)
        {
            look();
        }
        [[nodiscard]] reference operator*() const noexcept
        {
            return *entry_;
        }
        [[nodiscard]] pointer operator->() const noexcept
        {
            return entry_;
        }
        iterator &operator++() noexcept
        {
            index_++;
            look();
            return *this;
        }
        iterator operator++(int) noexcept
        {
            iterator before = *this;
            ++*this;
            return before;
        }
        [[nodiscard]] friend bool operator==(const iterator &a, const iterator &b) noexcept
        {
            return a.entry_ == b.entry_;
        }
        [[nodiscard]] friend bool operator!=(const iterator &a, const iterator &b) noexcept
        {
            return a.entry_ != b.entry_;
        }

      private:
        void look() noexcept
        {
            while (feed_ && (entry_ = hr_feed_instrument(feed_, ring_, index_)) == nullptr && ++ring_ < feed_->ring_count)
                index_ = 0;
        }

        const hr_feed *feed_ = nullptr;
        const hr_directory_entry *entry_ = nullptr;
        std::uint32_t ring_ = 0;
        std::uint32_t index_ = 0;
    };

    explicit Instruments(const hr_feed *feed) noexcept : feed_(feed)
    {
    }
    [[nodiscard]] iterator begin() const noexcept
    {
        return iterator(feed_);
    }
    [[nodiscard]] iterator end() const noexcept
    {
        return {};
    }

  private:
    const hr_feed *feed_;
};

/* An attachment to a handler, or an open file. Move-only; leaves when it goes. All but move, bool, status and close want one that is
 * attached. */
class Feed
{
  public:
    /* Where the loop over a feed ends: with the feed. */
    struct Sentinel {
    };

    /* Waits for the next record as the feed waits: for (Record record : feed). */
    class iterator
    {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Record;
        using difference_type = std::ptrdiff_t;
        using pointer = const Record *;
        using reference = Record;

        iterator() noexcept = default;
        explicit iterator(hr_feed *feed) noexcept : feed_(feed), record_(take(feed))
        {
        }
        [[nodiscard]] Record operator*() const noexcept
        {
            return Record(record_);
        }
        iterator &operator++() noexcept
        {
            record_ = take(feed_);
            return *this;
        }
        void operator++(int) noexcept
        {
            ++*this;
        }
        [[nodiscard]] friend bool operator==(const iterator &at, Sentinel) noexcept
        {
            return at.record_ == nullptr;
        }
        [[nodiscard]] friend bool operator!=(const iterator &at, Sentinel) noexcept
        {
            return at.record_ != nullptr;
        }

      private:
        friend class Feed;

        /* Inline while there is something to read; the library's function waits. */
        HEADRACE_INLINE static const hr_record_header *take(hr_feed *feed) noexcept
        {
            const hr_record_header *record = hr_feed_poll(feed);
            if (__builtin_expect(!record, 0) && hr_feed_next(feed, &record, -1) != 0)
                return nullptr;
            return record;
        }

        hr_feed *feed_ = nullptr;
        const hr_record_header *record_ = nullptr;
    };

    Feed() noexcept = default;
    /* Takes ownership of what hr_attach made. */
    explicit Feed(hr_feed *feed) noexcept : feed_(feed)
    {
    }
    Feed(Feed &&other) noexcept : feed_(std::exchange(other.feed_, nullptr))
    {
    }
    Feed &operator=(Feed &&other) noexcept
    {
        if (this != &other) {
            hr_feed_close(feed_);
            feed_ = std::exchange(other.feed_, nullptr);
        }
        return *this;
    }
    Feed(const Feed &) = delete;
    Feed &operator=(const Feed &) = delete;
    ~Feed()
    {
        if (feed_) /* for the compiler, which then knows that one that was released is left alone */
            hr_feed_close(feed_);
    }

    [[nodiscard]] explicit operator bool() const noexcept /* attached */
    {
        return feed_ != nullptr;
    }
    void close() noexcept /* leaves now; may be called again */
    {
        hr_feed_close(std::exchange(feed_, nullptr));
    }
    [[nodiscard]] hr_feed *c_feed() const noexcept /* for the functions of headrace.h; stays this Feed's */
    {
        return feed_;
    }
    [[nodiscard]] hr_feed *release() noexcept /* gives it up to the caller, who closes it */
    {
        return std::exchange(feed_, nullptr);
    }

    /* The next record if there is one; never waits. Does not notice the end: call check() now and then when it is empty. */
    [[nodiscard]] HEADRACE_INLINE Record poll() noexcept
    {
        return Record(hr_feed_poll(feed_));
    }

    /* Waits for the next record: for ever, or for so long. Empty when there is none in time (status() is running) or no more. */
    [[nodiscard]] HEADRACE_INLINE Record next() noexcept
    {
        return Record(iterator::take(feed_));
    }
    [[nodiscard]] HEADRACE_INLINE Record next(std::chrono::nanoseconds timeout) noexcept
    {
        const hr_record_header *record = hr_feed_poll(feed_);
        if (!record && hr_feed_next(feed_, &record, timeout.count() < 0 ? 0 : timeout.count()) != 0)
            record = nullptr;
        return Record(record);
    }

    /* The records that stand ready in a row, at most `maximum`; empty when there are none. Never waits. */
    [[nodiscard]] HEADRACE_INLINE Batch batch(std::uint64_t maximum = 512) noexcept
    {
        return Batch(hr_feed_poll_batch(feed_, maximum));
    }

    /* The same, waiting for at least one: for ever, or for so long. */
    [[nodiscard]] Batch next_batch(std::uint64_t maximum = 512) noexcept
    {
        return wait_for_batch(maximum, -1);
    }
    [[nodiscard]] Batch next_batch(std::uint64_t maximum, std::chrono::nanoseconds timeout) noexcept
    {
        return wait_for_batch(maximum, timeout.count() < 0 ? 0 : timeout.count());
    }

    /* Every record, waiting for each: ends when there will be no more. */
    [[nodiscard]] iterator begin() noexcept
    {
        return iterator(feed_);
    }
    [[nodiscard]] Sentinel end() const noexcept
    {
        return {};
    }

    /* What is known of the end, without a look: as of the last next, next_batch, loop or check. Read what is left before you believe it. */
    [[nodiscard]] Status status() const noexcept
    {
        return feed_ ? static_cast<Status>(feed_->end) : Status::closed;
    }

    /* Looks whether the handler is alive; for those who poll. */
    Status check() noexcept
    {
        return static_cast<Status>(hr_feed_check(feed_));
    }

    /* What the loop above is waiting with, for loops of your own (Wait::eventfd): a descriptor, or a negative errno; see hr_feed_arm(3). */
    [[nodiscard]] int descriptor() const noexcept
    {
        return hr_feed_descriptor(feed_);
    }
    [[nodiscard]] int arm() noexcept
    {
        return hr_feed_arm(feed_);
    }

    /* The venue's symbol, empty when it has not been named yet. The text lives as long as the feed. */
    [[nodiscard]] std::string_view symbol(std::uint16_t publisher_id, std::uint32_t instrument_id) const noexcept
    {
        const char *found = hr_feed_symbol(feed_, publisher_id, instrument_id);
        return found ? std::string_view(found) : std::string_view();
    }
    [[nodiscard]] std::string_view symbol(Record record) const noexcept
    {
        return symbol(record.publisher_id(), record.instrument_id());
    }
    [[nodiscard]] Instruments instruments() const noexcept
    {
        return Instruments(feed_);
    }

    [[nodiscard]] hr_feed_statistics statistics() const noexcept
    {
        hr_feed_statistics found;
        hr_feed_get_statistics(feed_, &found);
        return found;
    }
    [[nodiscard]] std::uint32_t ring_count() const noexcept
    {
        return feed_->ring_count;
    }
    [[nodiscard]] std::uint32_t ring() const noexcept /* the one that was read last */
    {
        return feed_->ring;
    }

  private:
    Batch wait_for_batch(std::uint64_t maximum, std::int64_t timeout_ns) noexcept
    {
        hr_batch found = hr_feed_poll_batch(feed_, maximum);
        if (found.count == 0 && hr_feed_next_batch(feed_, &found, maximum, timeout_ns) != 0)
            found = hr_batch{};
        return Batch(found);
    }

    hr_feed *feed_ = nullptr;
};

/* Attaches to a running handler as the consumer `name` of its configuration; see hr_attach(3) for what may go wrong, and how long it may
 * take. On failure `error` is set, headrace::last_error() says why, and the Feed is not attached. */
[[nodiscard]] inline Feed attach(const char *name, const Options &options, std::error_code &error) noexcept
{
    hr_attach_options wanted = {};
    wanted.socket = options.socket.empty() ? nullptr : options.socket.c_str();
    wanted.instance = options.instance.empty() ? nullptr : options.instance.c_str();
    wanted.wait = static_cast<hr_wait>(options.wait);
    constexpr std::chrono::microseconds none{0};
    constexpr std::chrono::microseconds longest = std::chrono::hours(1);
    wanted.spin_us = static_cast<std::uint32_t>(std::clamp(options.spin, none, longest).count());
    hr_feed *feed = nullptr;
    int failed = hr_attach(&feed, name, &wanted);
    error = failed ? std::error_code(-failed, std::generic_category()) : std::error_code();
    return Feed(feed);
}

[[nodiscard]] inline Feed attach(const char *name, std::error_code &error) noexcept
{
    return attach(name, Options(), error);
}

#if HEADRACE_EXCEPTIONS
/* The same; throws headrace::Error. */
[[nodiscard]] inline Feed attach(const char *name, const Options &options = Options())
{
    std::error_code error;
    Feed feed = attach(name, options, error);
    if (error)
        throw Error(-error.value(), hr_error());
    return feed;
}

[[nodiscard]] inline Feed attach(const std::string &name, const Options &options = Options())
{
    return attach(name.c_str(), options);
}
#endif

/* Opens a DBN file (.dbn, .dbn.zst; "-" is standard input): the same Feed without a handler, whose status() is `stopped` at the file's end and
 * `damaged` where it is cut off. poll and batch are empty each time what has been read ahead is used up: check() then reads on. See
 * hr_open(3). On failure as attach. */
[[nodiscard]] inline Feed open(const char *path, std::error_code &error, const hr_open_options &options = hr_open_options()) noexcept
{
    hr_feed *feed = nullptr;
    int failed = hr_open(&feed, path, &options);
    error = failed ? std::error_code(-failed, std::generic_category()) : std::error_code();
    return Feed(feed);
}

#if HEADRACE_EXCEPTIONS
/* The same; throws headrace::Error. */
[[nodiscard]] inline Feed open(const char *path, const hr_open_options &options = hr_open_options())
{
    std::error_code error;
    Feed feed = open(path, error, options);
    if (error)
        throw Error(-error.value(), hr_error());
    return feed;
}

[[nodiscard]] inline Feed open(const std::string &path, const hr_open_options &options = hr_open_options())
{
    return open(path.c_str(), options);
}
#endif

} // namespace headrace

#undef HEADRACE_INLINE

#endif
