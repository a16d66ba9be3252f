#pragma once

#include "media/ffmpeg.h"
#include "media/frame_memory.h"

/// How a codec comes to use a `FrameMemory`. Private to this folder.
namespace posed::media {

using FindMemory = int(AVCodecContext*, AVFrame*, int flags);

/// Has the codec ask `find` for the memory of every picture, from any of its threads. Before it is opened.
void ask_for_memory(AVCodecContext& codec, FindMemory* find) noexcept;

/// Lays a picture that is about to be decoded into `memory`. False when it is of a format that is converted
/// before it is shown, when the codec cannot decode into foreign memory, or when there is none.
[[nodiscard]] bool put_into(FrameMemory& memory, AVCodecContext& codec, AVFrame& picture) noexcept;

}  // namespace posed::media
