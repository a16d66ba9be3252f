#include "base/result.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace posed {

const char* name_of(Code code) noexcept {
    switch (code) {
        case Code::invalid_argument:
            return "invalid_argument";
        case Code::malformed:
            return "malformed";
        case Code::not_found:
            return "not_found";
        case Code::permission_denied:
            return "permission_denied";
        case Code::unsupported_media:
            return "unsupported_media";
        case Code::corrupt_media:
            return "corrupt_media";
        case Code::no_video_stream:
            return "no_video_stream";
        case Code::empty_window:
            return "empty_window";
        case Code::limit_exceeded:
            return "limit_exceeded";
        case Code::frames_lost:
            return "frames_lost";
        case Code::corrupt_archive:
            return "corrupt_archive";
        case Code::wrong_video:
            return "wrong_video";
        case Code::corrupt_model:
            return "corrupt_model";
        case Code::model_missing:
            return "model_missing";
        case Code::estimator_unavailable:
            return "estimator_unavailable";
        case Code::storage_full:
            return "storage_full";
        case Code::input_output:
            return "input_output";
        case Code::conflict:
            return "conflict";
        case Code::unavailable:
            return "unavailable";
        case Code::decoder_crashed:
            return "decoder_crashed";
        case Code::expired:
            return "expired";
        case Code::cancelled:
            return "cancelled";
        case Code::internal:
            return "internal";
    }
    return "internal";
}

void throw_exception_from_error(const Error& error, const boost::source_location& location) {
    boost::throw_exception(std::runtime_error(std::string(name_of(error.code)) + ": " + error.message),
                           location);
}

namespace {

Code code_of(int error_number) noexcept {
    switch (error_number) {
        case ENOENT:
        case ENOTDIR:
            return Code::not_found;
        case EACCES:
        case EPERM:
        case EROFS:
            return Code::permission_denied;
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return Code::storage_full;
        default:
            return Code::input_output;
    }
}

}  // namespace

Error system_error(int error_number, const std::string& what) {
    return fail(code_of(error_number), what + ": " + std::strerror(error_number));
}

}  // namespace posed
