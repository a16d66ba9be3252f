#pragma once

#include <string>
#include <utility>

#include <boost/system/result.hpp>

/// Failure as a value. What a caller's input or an ordinary event can cause is returned as `Result<T>`; what
/// should not happen (a bug, memory gone) is an exception and is caught only at the program's borders.
namespace posed {

/// What callers branch on. Closed: text for people stands beside it in `Error`.
enum class Code {
    invalid_argument,       ///< an option or parameter outside its range
    malformed,              ///< bytes that are not what they say: a broken or empty upload
    not_found,              ///< a file or resource that should be there is not
    permission_denied,      ///< the file or resource may not be read or written
    unsupported_media,      ///< not a container or codec that we accept
    corrupt_media,          ///< accepted kind, but the bytes do not decode
    no_video_stream,        ///< a readable container without a picture track
    empty_window,           ///< the window holds no frame
    limit_exceeded,         ///< a configured limit on pixels, duration, frames or bytes
    frames_lost,            ///< frames were lost and the caller asked for none (`--strict`)
    corrupt_archive,        ///< not an archive, or one that contradicts itself
    wrong_video,            ///< an archive that was made from another video
    corrupt_model,          ///< weights that are not the expected model
    model_missing,          ///< weights or an estimator module that are not installed
    estimator_unavailable,  ///< no worker offers the estimator that was asked for
    storage_full,           ///< no space left where output is written
    input_output,           ///< the operating system failed a read or write
    conflict,               ///< somebody else was faster, or holds what is asked for
    expired,                ///< it was there once
    unavailable,            ///< the database, the storage or a server cannot answer now; try again
    decoder_crashed,  ///< the process that decodes a foreign file died, stalled or lied; worth one more try
    cancelled,        ///< stopped on request
    internal          ///< a library failed where it should not
};

/// The stable name of a code, as written into JSON and logs.
[[nodiscard]] const char* name_of(Code code) noexcept;

struct Error {
    Code code = Code::internal;
    std::string message;          ///< one line: the cause and the measured value
    std::string suggestion = {};  ///< what to do about it; may be empty

    friend bool operator==(const Error&, const Error&) = default;
};

/// Found by Boost.System when `value()` is called on an error: a bug of the caller, hence an exception.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& location);

template <class T = void>
using Result = boost::system::result<T, Error>;

/// `fail(Code::limit_exceeded, "...", "...")` in a return statement.
[[nodiscard]] inline Error fail(Code code, std::string message, std::string suggestion = {}) {
    return {code, std::move(message), std::move(suggestion)};
}

/// The error of a failed system call on `what`, told from `errno` (disk full, permission, missing file,
/// other).
[[nodiscard]] Error system_error(int error_number, const std::string& what);

}  // namespace posed

#define POSED_CONCATENATE_(a, b) a##b
#define POSED_CONCATENATE(a, b) POSED_CONCATENATE_(a, b)
#define POSED_TRY_(name, ...)               \
    __extension__({                         \
        auto&& name = (__VA_ARGS__);        \
        if (name.has_error()) [[unlikely]]  \
            return std::move(name).error(); \
        std::move(name).value();            \
    })

/// The value of a `Result`, or leave the enclosing function with its error.
#define TRY(...) POSED_TRY_(POSED_CONCATENATE(try_result_, __COUNTER__), __VA_ARGS__)
