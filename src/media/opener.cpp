#include "media/opener.h"

#include "media/open_sound.h"
#include "media/probe.h"

namespace posed::media {
namespace {

class InProcess final : public Opener {
  public:
    Result<VideoInfo> probe(ByteSource& source, const MediaLimits& limits, Log& log) override {
        return media::probe(source, limits, log);
    }
    Result<std::unique_ptr<Decoder>> open_decoder(ByteSource& source, const DecodeOptions& options,
                                                  Log& log) override {
        return media::open_decoder(source, options, log);
    }
    Result<std::unique_ptr<Sound>> open_sound(ByteSource& source, Microseconds start, Log& log) override {
        return media::open_sound(source, start, log);
    }
};

}  // namespace

Opener& in_process() noexcept {
    static InProcess opener;
    return opener;
}

}  // namespace posed::media
