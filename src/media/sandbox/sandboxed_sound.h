#pragma once

#include <memory>

#include "media/sandbox/conversation.h"
#include "media/sound.h"

namespace posed::media::sandbox {

/// `open_sound` by a child that is ready.
[[nodiscard]] Result<std::unique_ptr<Sound>> open_sound_in(std::unique_ptr<Conversation> conversation,
                                                           std::uint64_t file_bytes, Microseconds start);

}  // namespace posed::media::sandbox
