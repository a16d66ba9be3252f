#include "media/open_sound.h"

#include <string>
#include <utility>

#include "media/copied_sound.h"
#include "media/encoded_sound.h"
#include "media/sound_input.h"

namespace posed::media {

Result<std::unique_ptr<Sound>> open_sound(ByteSource& source, Microseconds start, Log& log) {
    auto input = TRY(SoundInput::open(source, start, log));
    if (!input)
        return nullptr;
    const auto& parameters = input->parameters();
    const std::string codec = avcodec_get_name(parameters.codec_id);
    if (parameters.sample_rate <= 0 || parameters.ch_layout.nb_channels <= 0) {
        log.warning("The sound (" + codec + ") says no sample rate or channels; the output has none");
        return nullptr;
    }
    if (can_be_copied(parameters))
        return std::unique_ptr<Sound>(std::make_unique<CopiedSound>(std::move(input)));
    auto encoded = EncodedSound::open(std::move(input), log);
    if (encoded.has_error()) {
        log.warning("The sound (" + codec + ") is left out: " + encoded.error().message);
        return nullptr;
    }
    return std::unique_ptr<Sound>(std::move(*encoded));
}

}  // namespace posed::media
