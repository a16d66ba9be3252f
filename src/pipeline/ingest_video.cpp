#include "pipeline/ingest_video.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "database/videos.h"
#include "media/container.h"
#include "media/decoder.h"
#include "storage/keys.h"

namespace posed::pipeline {
namespace {

struct ContainerNames {
    std::string_view container;
    std::string_view extension;
    std::string_view media_type;
};

constexpr std::array container_names{
    ContainerNames{"mp4", "mp4", "video/mp4"}, ContainerNames{"mov", "mov", "video/quicktime"},
    ContainerNames{"webm", "webm", "video/webm"}, ContainerNames{"matroska", "mkv", "video/x-matroska"}};

const ContainerNames& names_of(std::string_view container) {
    return *std::ranges::find(container_names, container, &ContainerNames::container);
}

VideoRecord record_of(const VideoInfo& video) {
    VideoRecord record;
    record.coded = video.coded;
    record.displayed = video.displayed;
    record.rotation = video.rotation;
    if (video.frame_rate.numerator > 0)
        record.fps = video.frame_rate.value();
    record.duration = video.duration;
    record.frame_count = video.frame_count;
    record.codec = video.codec;
    return record;
}

}  // namespace

VideoIngestion::VideoIngestion(const IngestSurroundings& with, std::string filename)
    : with_(with), filename_(std::move(filename)) {}

Result<> VideoIngestion::write(std::span<const std::byte> bytes) {
    digest_.update(bytes);
    if (object_)
        return object_->write(bytes);
    head_.insert(head_.end(), bytes.begin(), bytes.end());
    return head_.size() < media::sniffed_bytes ? Result<>() : begin_object();
}

Result<IngestedVideo> VideoIngestion::finish(const std::optional<std::string>& description) {
    if (!object_)
        TRY(begin_object());
    auto ingested = keep(description);
    if (ingested.has_error() || !ingested->created)
        object_->let_go();
    return ingested;
}

Result<> VideoIngestion::begin_object() {
    if (head_.empty())
        return fail(Code::malformed, "the file is empty", "send the video's bytes");
    container_ = TRY(media::container_of(*view_bytes(head_)));
    object_.emplace(TRY(NewObject::begin(
        with_.stores, storage::new_video_key(names_of(container_).extension, with_.stores.random))));
    return object_->write(std::exchange(head_, {}));
}

Result<IngestedVideo> VideoIngestion::keep(const std::optional<std::string>& description) {
    const auto sha256 = digest_.finish();
    if (auto known = find_known(sha256))
        return IngestedVideo{.video = *std::move(known), .created = false};
    const auto size_bytes = TRY(object_->finish());
    auto video = record_of(TRY(examine()));
    video.sha256 = sha256;
    video.storage_key = object_->key();
    video.filename = filename_;
    video.media_type = names_of(container_).media_type;
    video.size_bytes = static_cast<std::int64_t>(size_bytes);
    video.description = description;
    return record(video);
}

std::optional<VideoRecord> VideoIngestion::find_known(const std::string& sha256) const {
    auto transaction = with_.stores.database.read();
    return database::Videos(transaction).find_by_sha256(sha256);
}

/// Decodes the first shown frame, because headers may promise what the file does not have.
Result<VideoInfo> VideoIngestion::examine() const {
    const auto source = TRY(with_.stores.objects.open(object_->key()));
    const auto decoder =
        TRY(with_.opener.open_decoder(*source, {.selection = {}, .limits = with_.limits}, with_.log));
    const auto& video = decoder->video();
    if (video.frame_rate.value() > with_.max_frame_rate)
        return fail(Code::limit_exceeded,
                    fmt::format("the video has {:g} frames a second, and {} are allowed",
                                video.frame_rate.value(), with_.max_frame_rate));
    return video;
}

Result<IngestedVideo> VideoIngestion::record(const VideoRecord& video) {
    auto transaction = with_.stores.database.write();
    auto inserted = TRY(database::Videos(transaction).insert(video));
    transaction.commit();
    return IngestedVideo{.video = std::move(inserted.record), .created = inserted.created};
}

}  // namespace posed::pipeline
