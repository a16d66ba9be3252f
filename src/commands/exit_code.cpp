#include <algorithm>
#include <array>

#include "commands/command.h"

namespace posed::commands {

int exit_code_of(Code code) noexcept {
    switch (code) {
        case Code::invalid_argument:
        case Code::malformed:
        case Code::not_found:
        case Code::conflict:
        case Code::expired:
        case Code::unsupported_media:
        case Code::corrupt_media:
        case Code::no_video_stream:
        case Code::empty_window:
        case Code::limit_exceeded:
        case Code::frames_lost:
        case Code::estimator_unavailable:
        case Code::corrupt_archive:
        case Code::wrong_video:
            return exit_input;
        case Code::permission_denied:
        case Code::corrupt_model:
        case Code::model_missing:
        case Code::storage_full:
        case Code::input_output:
        case Code::unavailable:
        case Code::decoder_crashed:
        case Code::internal:
            return exit_failure;
        case Code::cancelled:
            return exit_interrupted;
    }
    return exit_failure;
}

int service_exit_code_of(Code code) noexcept {
    constexpr std::array configuration{Code::invalid_argument, Code::not_found,     Code::permission_denied,
                                       Code::conflict,         Code::corrupt_model, Code::model_missing};
    if (std::ranges::find(configuration, code) != configuration.end())
        return exit_configuration;
    return code == Code::cancelled ? exit_interrupted : exit_failure;
}

}  // namespace posed::commands
