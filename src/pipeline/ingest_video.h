#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/log.h"
#include "base/result.h"
#include "domain/records.h"
#include "domain/video.h"
#include "media/opener.h"
#include "pipeline/new_object.h"
#include "pipeline/stores.h"

namespace posed::pipeline {

struct IngestSurroundings {
    Stores stores;
    media::Opener& opener;  ///< files of strangers: a sandbox
    MediaLimits limits;
    int max_frame_rate = 0;  ///< average, frames a second
    Log& log;
};

struct IngestedVideo {
    VideoRecord video;
    bool created = false;  ///< false: the same bytes were there already
};

/// An upload that becomes a video: sniff, hash and store while the bytes arrive, then probe and record. The
/// same bytes are kept once, however many send them at the same time. Destroyed before `finish` has
/// succeeded, it leaves nothing behind. One thread at a time.
class VideoIngestion {
  public:
    VideoIngestion(const IngestSurroundings& with, std::string filename);

    /// Errors: unsupported_media as soon as the first bytes tell; those of `NewObject::write`.
    [[nodiscard]] Result<> write(std::span<const std::byte> bytes);

    /// Errors: malformed for an empty file; those of `write`; what the decoder says of the file
    /// (unsupported_media, no_video_stream, corrupt_media, limit_exceeded, decoder_crashed);
    /// invalid_argument for a description that cannot be kept.
    [[nodiscard]] Result<IngestedVideo> finish(const std::optional<std::string>& description);

  private:
    [[nodiscard]] Result<> begin_object();
    [[nodiscard]] Result<IngestedVideo> keep(const std::optional<std::string>& description);
    [[nodiscard]] std::optional<VideoRecord> find_known(const std::string& sha256) const;
    [[nodiscard]] Result<VideoInfo> examine() const;
    [[nodiscard]] Result<IngestedVideo> record(const VideoRecord& video);

    IngestSurroundings with_;
    std::string filename_;
    std::string container_;
    std::vector<std::byte> head_;  ///< the first bytes, until they are enough to tell the container
    Sha256 digest_;
    std::optional<NewObject> object_;
};

}  // namespace posed::pipeline
