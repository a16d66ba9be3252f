#include "database/videos.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/describe/class.hpp>

#include "api/download.h"
#include "api/endpoint.h"
#include "api/paging.h"
#include "api/resources.h"
#include "api/upload.h"
#include "media/decoder.h"
#include "media/still.h"
#include "pipeline/ingest_video.h"
#include "pipeline/remove_resources.h"

namespace posed::api {
namespace {

using database::Videos;

constexpr Size poster_box{640, 4096};

struct VideoLinks {
    std::string self;
    std::string download;
    std::string poster;
    std::string estimations;
    std::string tasks;
};
BOOST_DESCRIBE_STRUCT(VideoLinks, (), (self, download, poster, estimations, tasks))

struct VideoResponse {
    std::int64_t id = 0;
    std::string storage_key;
    int width = 0;
    int height = 0;
    std::optional<double> fps;
    std::optional<double> duration_seconds;
    std::optional<std::string> description;
    Timestamp created_at;
    std::string filename;
    std::string media_type;
    std::string codec;
    int rotation = 0;
    std::int64_t size_bytes = 0;
    std::string sha256;
    std::optional<std::int64_t> frame_count;
    VideoLinks links;
};
BOOST_DESCRIBE_STRUCT(VideoResponse, (),
                      (id, storage_key, width, height, fps, duration_seconds, description, created_at,
                       filename, media_type, codec, rotation, size_bytes, sha256, frame_count, links))

[[maybe_unused]] Rules rules_of(const VideoResponse*) {
    return {rule("storage_key", "Of the object; opaque"),
            rule("width", "In pixels, as displayed: upright, with square pixels"),
            rule("height", "In pixels, as displayed"),
            rule("fps", "Frames a second on average; null when the file does not say"),
            rule("duration_seconds", "Null when the file does not say"),
            rule("rotation", "Degrees clockwise from the picture as it is coded to the upright one"),
            rule("sha256", "Of the bytes as uploaded"),
            rule("frame_count", "Null when the file does not say")};
}

struct VideoId {
    std::int64_t video_id = 0;
};
BOOST_DESCRIBE_STRUCT(VideoId, (), (video_id))

struct ListVideos : Paging {
    std::optional<std::string> q;
};
BOOST_DESCRIBE_STRUCT(ListVideos, (Paging), (q))

[[maybe_unused]] Rules rules_of(const ListVideos*) {
    auto rules = paging_rules();
    rules.push_back(rule("q", "What their description or file name contains")
                        .optional()
                        .length_at_most(description_length_max));
    return rules;
}

struct IngestFields {
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(IngestFields, (), (description))

[[maybe_unused]] Rules rules_of(const IngestFields*) {
    return {rule("description", "For people").optional().length_at_most(description_length_max)};
}

std::string path_of(std::int64_t id) {
    return "/videos/" + std::to_string(id) + '/';
}

VideoLinks links_of(std::int64_t id) {
    const auto number = std::to_string(id);
    return {.self = path_of(id),
            .download = "/videos/download/" + number + '/',
            .poster = path_of(id) + "poster/",
            .estimations = "/estimations/?video_id=" + number,
            .tasks = "/tasks/?video_id=" + number};
}

VideoResponse response_of(const VideoRecord& video) {
    VideoResponse response{.id = video.id,
                           .storage_key = video.storage_key,
                           .width = video.displayed.width,
                           .height = video.displayed.height,
                           .fps = video.fps,
                           .duration_seconds = {},
                           .description = video.description,
                           .created_at = Timestamp(video.created_at),
                           .filename = video.filename,
                           .media_type = video.media_type,
                           .codec = video.codec,
                           .rotation = video.rotation,
                           .size_bytes = video.size_bytes,
                           .sha256 = video.sha256,
                           .frame_count = video.frame_count,
                           .links = links_of(video.id)};
    if (video.duration)
        response.duration_seconds = std::chrono::duration<double>(*video.duration).count();
    return response;
}

using VideoSink = FileSink<IngestFields, VideoResponse>;

class IngestedFile final : public VideoSink {
  public:
    IngestedFile(const pipeline::IngestSurroundings& with, std::string filename)
        : ingestion_(with, std::move(filename)) {}

    Result<> write(std::span<const std::byte> piece) override { return ingestion_.write(piece); }

    Result<Reply<VideoResponse>> finish(const IngestFields& fields) override {
        const auto ingested = TRY(ingestion_.finish(fields.description));
        return Reply<VideoResponse>{.view = response_of(ingested.video),
                                    .status = Status::created,
                                    .headers = {{"Location", path_of(ingested.video.id)}}};
    }

  private:
    pipeline::VideoIngestion ingestion_;
};

Result<std::unique_ptr<VideoSink>> open_ingest(const UploadHead& head, Service& service) {
    return std::make_unique<IngestedFile>(
        pipeline::IngestSurroundings{.stores = service.stores,
                                     .opener = service.opener,
                                     .limits = service.limits,
                                     .max_frame_rate = service.config.max_frame_rate,
                                     .log = service.log},
        head.filename);
}

Result<Reply<std::vector<VideoResponse>>> list_videos(const ListVideos& input, const Request& request,
                                                      Service& service) {
    auto transaction = service.stores.database.read();
    const auto page =
        TRY(Videos(transaction).list({.skip = input.skip, .limit = input.limit, .text = input.q}));
    std::vector<VideoResponse> videos;
    for (const auto& video : page.records)
        videos.push_back(response_of(video));
    return Reply<std::vector<VideoResponse>>{.view = std::move(videos),
                                             .headers = page_headers(request, input, page.total)};
}

Result<VideoResponse> find_video(const VideoId& input, Service& service) {
    return response_of(TRY(row_of<Videos>(service, "video", input.video_id)));
}

Result<Response> download_video(const VideoId& input, const Request& request, Service& service) {
    const auto video = TRY(row_of<Videos>(service, "video", input.video_id));
    return send_object<Videos>(
        request, service, "video", video.id, video.storage_key,
        {.source = {}, .media_type = video.media_type, .etag = video.sha256, .filename = video.filename});
}

/// JPEG of the first shown frame.
Result<std::string> poster_of(Service& service, const VideoRecord& video) {
    const auto source = TRY(object_of<Videos>(service, "video", video.id, video.storage_key));
    const auto decoder =
        TRY(service.opener.open_decoder(*source, {.selection = {}, .limits = service.limits}, service.log));
    const auto first = TRY(decoder->next());
    if (!first)
        return fail(Code::empty_window, "the video shows no frame");
    return media::jpeg_of(first->frame.view, poster_box, service.log);
}

/// Bytes that are sent, and kept as long as that takes.
class OwnedBytes final : public ByteSource {
  public:
    explicit OwnedBytes(std::string bytes)
        : bytes_(std::move(bytes)), view_(view_bytes(std::as_bytes(std::span(bytes_)))) {}
    OwnedBytes(const OwnedBytes&) = delete;
    OwnedBytes& operator=(const OwnedBytes&) = delete;

    std::uint64_t size() const noexcept override { return view_->size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        return view_->read_at(offset, buffer);
    }

  private:
    std::string bytes_;
    std::unique_ptr<ByteSource> view_;
};

Result<Response> send_poster(const VideoId& input, const Request& request, Service& service) {
    const auto video = TRY(row_of<Videos>(service, "video", input.video_id));
    Download poster{.source = {},
                    .media_type = "image/jpeg",
                    .etag = "poster-" + video.sha256,
                    .filename = named_after(video.filename, ".jpg"),
                    .disposition = Disposition::inline_view,
                    .cache_control = "private, max-age=86400"};
    if (auto response = not_modified(request, poster))
        return *std::move(response);
    poster.source = std::make_shared<OwnedBytes>(TRY(poster_of(service, video)));
    return send(request, std::move(poster));
}

Result<> remove_video(const VideoId& input, Service& service) {
    TRY(pipeline::remove_video(service.stores, input.video_id));
    service.tasks_changed();
    return {};
}

}  // namespace

std::vector<Route> video_routes(Service& service) {
    constexpr const char* tag = "videos";
    return {
        upload_route(
            "/videos/ingest/", open_ingest, service,
            static_cast<std::uint64_t>(service.config.max_upload_bytes),
            {.summary = "Upload a video",
             .tag = tag,
             .description = "A form with the part `file`, or the file itself as the body. The same "
                            "bytes are kept once: they are answered with the video there is.",
             .success = Status::created,
             .errors = {Code::malformed, Code::limit_exceeded, Code::unsupported_media, Code::corrupt_media,
                        Code::no_video_stream, Code::conflict, Code::decoder_crashed, Code::storage_full},
             .headers = {"Location"}}),
        route(Method::get, "/videos/", list_videos, service,
              {.summary = "Videos by ascending id", .tag = tag, .headers = paging_headers()}),
        route(Method::get, "/videos/{video_id}/", find_video, service,
              {.summary = "One video", .tag = tag, .errors = {Code::not_found}}),
        route(Method::get, "/videos/download/{video_id}/", download_video, service,
              {.summary = "The file as it was uploaded",
               .tag = tag,
               .description = redirection_note,
               .also = {Status::partial_content, Status::not_modified},
               .errors = {Code::not_found},
               .headers = {"ETag", "Content-Disposition"},
               .media_type = "video/mp4"}),
        route(Method::get, "/videos/{video_id}/poster/", send_poster, service,
              {.summary = "The first frame as JPEG, at most 640 pixels wide",
               .tag = tag,
               .also = {Status::partial_content, Status::not_modified},
               .errors = {Code::not_found, Code::decoder_crashed},
               .headers = {"ETag"},
               .media_type = "image/jpeg"}),
        route(Method::remove, "/videos/{video_id}/", remove_video, service,
              {.summary = "Delete a video and all that was made of it",
               .tag = tag,
               .description = "Open tasks about it end as REVOKED.",
               .success = Status::no_content,
               .errors = {Code::not_found}}),
    };
}

}  // namespace posed::api
