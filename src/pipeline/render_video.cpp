#include "pipeline/render_video.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "media/scaler.h"
#include "results/archive.h"

namespace posed::pipeline {
namespace {

constexpr Lead frames_ahead{.most = 3, .rest_until = 2};
constexpr std::int64_t archive_chunk = 64;

/// A drawn picture and when it is shown, in ticks of the output.
struct DrawnFrame {
    Canvas canvas;
    std::int64_t pts;
    std::int64_t duration;
};

/// The archive's frames one after the other, read in chunks, with a look at the next frame's time.
class ArchiveCursor {
  public:
    ArchiveCursor(results::ArchiveReader& archive, bool vertices) : archive_(archive), vertices_(vertices) {}

    [[nodiscard]] bool at_end() const { return position_ == archive_.counts().frames; }
    [[nodiscard]] std::int64_t position() const { return position_; }

    /// The frame at the position; the position moves on.
    Result<results::ArchivedFrame> take() {
        TRY(load(position_));
        auto frame = std::move(chunk_[static_cast<std::size_t>(position_ - chunk_begin_)]);
        ++position_;
        return frame;
    }

    /// The time of the frame at the position; nothing at the end.
    Result<std::optional<results::FrameTime>> peek() {
        if (at_end())
            return std::nullopt;
        TRY(load(position_));
        return chunk_[static_cast<std::size_t>(position_ - chunk_begin_)].time;
    }

  private:
    Result<> load(std::int64_t frame) {
        if (frame >= chunk_begin_ && frame < chunk_begin_ + static_cast<std::int64_t>(chunk_.size()))
            return {};
        chunk_begin_ = frame;
        const auto count = vertices_ ? 1 : archive_chunk;  // vertices are large
        chunk_ = TRY(
            archive_.read(frame, std::min(count, archive_.counts().frames - frame), {.vertices = vertices_}));
        return {};
    }

    results::ArchiveReader& archive_;
    bool vertices_;
    std::int64_t position_ = 0;
    std::int64_t chunk_begin_ = 0;
    std::vector<results::ArchivedFrame> chunk_;
};

/// Decoded frames in, drawn frames out, one for every frame of the archive. Frames are matched by their
/// ticks.
class Drawing {
  public:
    Drawing(const results::ArchiveHeader& header, results::ArchiveReader& archive, const VideoInfo& video,
            const rendering::Overlay& overlay,
            std::function<Result<std::optional<media::DecodedFrame>>()> decode)
        : header_(header),
          mesh_(archive.mesh()),
          cursor_(archive, overlay.mesh),
          colour_{.matrix = video.colour.matrix, .range = ColourRange::limited, .siting = ChromaSiting::left},
          usual_duration_(usual_duration(video)),
          overlay_(overlay),
          decode_(std::move(decode)) {}

    [[nodiscard]] const ColourEncoding& colour() const { return colour_; }

    Result<std::optional<DrawnFrame>> next() {
        if (cursor_.at_end())
            return std::nullopt;
        const auto index = cursor_.position();
        const auto archived = TRY(cursor_.take());
        TRY(decode_until(archived.time.pts, index));
        Canvas canvas = canvases_.take();
        TRY(scaler_.scale(decoded_->frame.view, canvas));
        if (overlay_.mesh)
            rendering::draw_meshes(canvas, header_.displayed, *mesh_, header_.recipe.camera, archived.people);
        rendering::draw_people(canvas, header_.displayed, header_.skeleton, archived.people, overlay_);
        return TRY(timed_frame(std::move(canvas), index, archived.time.pts));
    }

  private:
    Result<> decode_until(std::int64_t pts, std::int64_t index) {
        while (!decoded_ || decoded_->pts < pts) {
            decoded_ = TRY(decode_());
            if (!decoded_)
                return fail(Code::wrong_video,
                            "the video ends before frame " + std::to_string(index) + " of the archive");
        }
        if (decoded_->pts != pts)
            return fail(Code::wrong_video, "frame " + std::to_string(index) +
                                               " of the archive is shown at tick " + std::to_string(pts) +
                                               ", which the video does not have");
        return {};
    }

    /// With a rate, output n is shown at n ticks of 1/rate; else the source's own times are kept.
    Result<std::optional<DrawnFrame>> timed_frame(Canvas canvas, std::int64_t index, std::int64_t pts) {
        if (header_.recipe.selection.rate)
            return DrawnFrame{std::move(canvas), index, 1};
        const auto following = TRY(cursor_.peek());
        return DrawnFrame{std::move(canvas), pts, following ? following->pts - pts : usual_duration_};
    }

    static std::int64_t usual_duration(const VideoInfo& video) {
        const double ticks =
            video.frame_rate.numerator > 0 ? 1 / (video.frame_rate.value() * video.time_base.value()) : 0;
        return std::max<std::int64_t>(1, std::llround(ticks));
    }

    const results::ArchiveHeader& header_;
    const std::optional<Mesh>& mesh_;
    ArchiveCursor cursor_;
    ColourEncoding colour_;
    std::int64_t usual_duration_;
    rendering::Overlay overlay_;
    std::function<Result<std::optional<media::DecodedFrame>>()> decode_;
    media::Scaler scaler_;
    CanvasPool canvases_{header_.recipe.frame_size, colour_};
    std::optional<media::DecodedFrame> decoded_;
};

/// Where in the source, on its own clock, the first picture of the output belongs: the first frame's own
/// time, or with a rate the start of the output's slot that shows it.
Microseconds sound_start(const results::ArchiveHeader& header, const results::FrameTime& first) {
    const auto& [start, duration, rate] = header.recipe.selection;
    const auto seconds = [](double value) { return Microseconds(std::llround(value * 1e6)); };
    const auto own_time = seconds(static_cast<double>(first.pts) * header.time_base.value());
    if (!rate)
        return own_time;
    const auto into_window = std::chrono::duration<double>(first.time - start).count();
    const auto slot = seconds(std::floor(into_window * rate->value() + 1e-9) / rate->value());
    return own_time - first.time + start + slot;
}

media::EncodeOptions encoding_for(const Recipe& recipe, const VideoInfo& video, const ColourEncoding& colour,
                                  const RenderOptions& options) {
    const auto& rate = recipe.selection.rate;
    return {.size = recipe.frame_size,
            .colour = colour,
            .time_base = rate ? Rational{rate->denominator, rate->numerator} : video.time_base,
            .frame_rate = rate.value_or(video.frame_rate),
            .crf = options.crf,
            .preset = options.preset,
            // x264 keeps a processor busy with one and a half threads each: some always wait for the frame
            // before.
            .threads = options.threads + options.threads / 2};
}

Result<> require_same_video(const std::string& sha256, const Recipe& recipe) {
    if (sha256 != recipe.video_sha256)
        return fail(Code::wrong_video,
                    "the archive was made from another video (sha256 " + recipe.video_sha256.substr(0, 12) +
                        "..., this one has " + sha256.substr(0, 12) + "...)",
                    "give the video that was estimated, byte for byte");
    return {};
}

Result<> require_mesh(const results::ArchiveReader& archive, const rendering::Overlay& overlay) {
    if (overlay.mesh && !archive.mesh())
        return fail(Code::invalid_argument, "the archive holds no mesh",
                    "estimate the video again with --estimator sam-3d-body --mesh");
    return {};
}

Result<results::FrameTime> first_frame(results::ArchiveReader& archive) {
    if (archive.counts().frames == 0)
        return fail(Code::empty_window, "the archive holds no frame", "estimate the video again");
    return TRY(archive.read(0, 1)).front().time;
}

Result<std::int64_t> encode_frames(Stage<DrawnFrame>& drawn, media::Encoder& encoder, std::int64_t total,
                                   RenderTimings& timings, const Run& run) {
    std::int64_t done = 0;
    while (true) {
        if (run.stop.stop_requested())
            return fail(Code::cancelled, "stopped after " + std::to_string(done) + " frames");
        const auto frame = TRY(timed(timings.wait, [&] { return drawn.next(); }));
        if (!frame)
            return done;
        TRY(timed(timings.encode, [&] { return encoder.write(frame->canvas, frame->pts, frame->duration); }));
        TRY(run.report({.done = ++done, .total = total}));
    }
}

}  // namespace

Result<RenderReport> render_video(ByteSource& video, media::Opener& opener, ByteSource& archive_bytes,
                                  const RenderOptions& options, const std::filesystem::path& target,
                                  const Run& run) {
    RenderReport report;
    const auto begin = std::chrono::steady_clock::now();

    const auto archive = TRY(results::open_archive(archive_bytes));
    const auto& recipe = archive->header().recipe;
    const auto sha256 = options.video_sha256.empty()
                            ? TRY(timed(report.timings.hash, [&] { return sha256_of(video); }))
                            : options.video_sha256;
    TRY(require_same_video(sha256, recipe));
    TRY(require_mesh(*archive, options.overlay));
    const auto decoder = TRY(opener.open_decoder(video,
                                                 {.selection = recipe.selection,
                                                  .limits = options.limits,
                                                  .threads = options.threads,
                                                  .stop = run.stop},
                                                 run.log));

    Stage<media::DecodedFrame> decoded(frames_ahead, [&] { return decoder->next(); });
    const auto first = TRY(first_frame(*archive));
    Drawing drawing(archive->header(), *archive, decoder->video(), options.overlay,
                    [&] { return decoded.next(); });
    auto sound = TRY(opener.open_sound(video, sound_start(archive->header(), first), run.log));
    const auto encoder =
        TRY(media::open_encoder(target, encoding_for(recipe, decoder->video(), drawing.colour(), options),
                                std::move(sound), run.log));
    Stage<DrawnFrame> drawn(frames_ahead, [&] { return drawing.next(); });

    report.frames = TRY(encode_frames(drawn, *encoder, archive->counts().frames, report.timings, run));
    TRY(timed(report.timings.encode, [&] { return encoder->finish(); }));
    report.size = recipe.frame_size;
    report.lost = archive->counts().lost;
    report.timings.decode = decoded.busy();
    report.timings.draw = drawn.busy();
    report.timings.wall = std::chrono::steady_clock::now() - begin;
    return report;
}

}  // namespace posed::pipeline
