#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "api/endpoint.h"
#include "api/router.h"

/// Uploads of one file: multipart/form-data with a part "file" and fields before or after it, or the file as
/// the raw body with `filename` and the fields in the query. The file goes through in pieces and constant
/// memory.
///
///     Result<std::unique_ptr<FileSink<IngestFields, VideoView>>> open_ingest(const UploadHead&, Services&);
///
///     upload_route("/videos/ingest/", open_ingest, services, bytes_max, {.summary = "Upload a video", ...})
namespace posed::api {

/// What is known before the file's first byte.
struct UploadHead {
    std::string filename = {};  ///< the last component of the name that was sent, without control characters
    std::optional<std::uint64_t> bytes = {};  ///< of the whole request; an upper bound, if it is true
};

/// Takes the file. `Fields` is a described struct: the form's other fields. Called like a BodySink; destroyed
/// without `finish` when the upload does not end well.
template <class Fields, class View>
class FileSink {
  public:
    virtual ~FileSink() = default;

    /// An error refuses the upload at once: the rest is not read.
    [[nodiscard]] virtual Result<> write(std::span<const std::byte> piece) = 0;
    [[nodiscard]] virtual Result<Reply<View>> finish(const Fields& fields) = 0;
};

/// "clip.mp4" of "C:\videos\clip.mp4", at most 255 bytes, UTF-8; "upload" where nothing is left.
[[nodiscard]] std::string safe_filename(std::string_view sent);

/// A FileSink whose types are forgotten.
class FileTarget {
  public:
    virtual ~FileTarget() = default;
    [[nodiscard]] virtual Result<> write(std::span<const std::byte> piece) = 0;
    [[nodiscard]] virtual Result<Response> finish(const boost::json::object& fields) = 0;
};

using OpenFile = std::function<Result<std::unique_ptr<FileTarget>>(const UploadHead&)>;

/// Reads a body of either form into the target that `open` makes when the file begins. Errors: malformed for
/// a Content-Type of multipart/form-data without boundary, and those of `open`.
[[nodiscard]] Result<std::unique_ptr<BodySink>> receive_file(const Request& request, const Schema& fields,
                                                             OpenFile open);

namespace detail {

template <class Fields, class View>
class TypedTarget final : public FileTarget {
  public:
    explicit TypedTarget(std::unique_ptr<FileSink<Fields, View>> sink) : sink_(std::move(sink)) {}

    Result<> write(std::span<const std::byte> piece) override { return sink_->write(piece); }

    Result<Response> finish(const boost::json::object& fields) override {
        return response_of<Reply<View>>(sink_->finish(struct_from_json<Fields>(fields)), Status::created);
    }

  private:
    std::unique_ptr<FileSink<Fields, View>> sink_;
};

}  // namespace detail

template <class Fields, class View, class Services>
[[nodiscard]] Route upload_route(std::string pattern,
                                 Result<std::unique_ptr<FileSink<Fields, View>>> (*open)(const UploadHead&,
                                                                                         Services&),
                                 Services& services, std::uint64_t bytes_max, Documentation documentation) {
    Route row{
        .method = Method::post, .pattern = std::move(pattern), .documentation = std::move(documentation)};
    row.input.form = schema_of<Fields>();
    row.output = schema_of<View>();
    row.upload_bytes_max = bytes_max;
    row.open_sink = [open, &services, fields = *row.input.form](const Request& request) {
        return receive_file(
            request, fields,
            [open, &services](const UploadHead& head) -> Result<std::unique_ptr<FileTarget>> {
                return std::make_unique<detail::TypedTarget<Fields, View>>(TRY(open(head, services)));
            });
    };
    return row;
}

}  // namespace posed::api
