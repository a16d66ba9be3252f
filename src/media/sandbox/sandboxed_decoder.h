#pragma once

#include <memory>

#include "media/decoder.h"
#include "media/sandbox/conversation.h"

namespace posed::media::sandbox {

/// `open_decoder` by a child that is ready. Frames lie in the memory it shares with us and give their slot
/// back when the last copy is gone; who holds nearly all of them gets further ones as copies.
[[nodiscard]] Result<std::unique_ptr<Decoder>> open_decoder_in(std::unique_ptr<Conversation> conversation,
                                                               std::uint64_t file_bytes,
                                                               const DecodeOptions& options);

}  // namespace posed::media::sandbox
