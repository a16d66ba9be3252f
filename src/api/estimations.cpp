#include "database/estimations.h"

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "api/download.h"
#include "api/endpoint.h"
#include "api/estimators.h"
#include "api/paging.h"
#include "api/resources.h"
#include "api/submission.h"
#include "api/task_response.h"
#include "database/videos.h"
#include "domain/notation.h"
#include "estimation/load_estimator.h"
#include "pipeline/remove_resources.h"
#include "pipeline/submit_estimation.h"
#include "results/export.h"
#include "results/export_reference.h"

namespace posed::api {
namespace {

using database::Estimations;

constexpr const char* what = "estimation";

struct EstimationLinks {
    std::string self;
    std::string download;
    std::string video;
    std::string visualizations;
};
BOOST_DESCRIBE_STRUCT(EstimationLinks, (), (self, download, video, visualizations))

struct EstimationResponse {
    std::int64_t id = 0;
    std::int64_t video_id = 0;
    std::string storage_key;
    int requested_width = 0;
    int requested_height = 0;
    double requested_fps = 0;
    double skip_start_seconds = 0;
    double duration_seconds = 0;
    std::optional<std::string> description;
    Timestamp created_at;
    std::string estimator;
    std::string weights_digest;
    int engine_revision = 0;
    std::string engine_version;
    std::int64_t frame_count = 0;
    std::int64_t person_frame_count = 0;
    std::int64_t lost_frame_count = 0;
    bool include_mesh = false;
    EstimationLinks links;
};
BOOST_DESCRIBE_STRUCT(EstimationResponse, (),
                      (id, video_id, storage_key, requested_width, requested_height, requested_fps,
                       skip_start_seconds, duration_seconds, description, created_at, estimator,
                       weights_digest, engine_revision, engine_version, frame_count, person_frame_count,
                       lost_frame_count, include_mesh, links))

[[maybe_unused]] Rules rules_of(const EstimationResponse*) {
    return {rule("storage_key", "Of the object; opaque"),
            rule("weights_digest", "SHA-256 over all weights of the estimator"),
            rule("engine_revision", "Raised by every change of the estimator that alters results"),
            rule("frame_count", "Frames of the window at the rate that was asked for"),
            rule("person_frame_count", "People in all those frames together"),
            rule("lost_frame_count", "Frames of the window that the file has, but damaged"),
            rule("include_mesh", "Whether the body's surface is stored, and can be drawn")};
}

struct EstimationId {
    std::int64_t estimation_id = 0;
};
BOOST_DESCRIBE_STRUCT(EstimationId, (), (estimation_id))

struct ListEstimations : Paging {
    std::optional<std::int64_t> video_id;
};
BOOST_DESCRIBE_STRUCT(ListEstimations, (Paging), (video_id))

[[maybe_unused]] Rules rules_of(const ListEstimations*) {
    auto rules = paging_rules();
    rules.push_back(rule("video_id", "Only those of this video").optional());
    return rules;
}

BOOST_DEFINE_ENUM_CLASS(PeopleText, one, all)

struct SubmitEstimation {
    std::int64_t video_id = 0;
    int target_width = 0;
    int target_height = 0;
    double target_fps = 0;
    double skip_start_seconds = 0;
    double duration_seconds = 0;
    int batch_size = 30;
    std::optional<std::string> description;
    std::optional<std::string> estimator;
    PeopleText people = PeopleText::one;
    bool include_mesh = false;
};
BOOST_DESCRIBE_STRUCT(SubmitEstimation, (),
                      (video_id, target_width, target_height, target_fps, skip_start_seconds,
                       duration_seconds, batch_size, description, estimator, people, include_mesh))

[[maybe_unused]] Rules rules_of(const SubmitEstimation*) {
    return {
        rule("video_id", "Of GET /videos/").above(0),
        rule("target_width", "The frames are fitted into a box of this width, never enlarged").above(0),
        rule("target_height", "The height of that box").above(0),
        rule("target_fps", "Frames a second, with at most six decimals; GET /limits/ has the most").above(0),
        rule("skip_start_seconds", "Where the window begins").optional().at_least(0),
        rule("duration_seconds", "How long it is; GET /limits/ has the most").above(0),
        rule("batch_size", "Taken and without effect: how frames are batched changes no result")
            .optional()
            .above(0),
        rule("description", "For people").optional().length_at_most(description_length_max),
        rule("estimator", "Of GET /estimators/; null: the service's default").optional().length_at_most(64),
        rule("people",
             "one: the person with the largest confidence times area at the start, while it is "
             "there; all: everybody who is seen")
            .optional(),
        rule("include_mesh",
             "Whether the body's surface is stored: 220 kB a person and frame; only "
             "sam-3d-body has one")
            .optional()};
}

BOOST_DEFINE_ENUM_CLASS(EstimationFormat, archive, json, csv, reference)

struct DownloadEstimation {
    std::int64_t estimation_id = 0;
    EstimationFormat format = EstimationFormat::archive;
    std::optional<std::string> frames;
};
BOOST_DESCRIBE_STRUCT(DownloadEstimation, (), (estimation_id, format, frames))

[[maybe_unused]] Rules rules_of(const DownloadEstimation*) {
    return {rule("format",
                 "archive: safetensors with everything; json and csv: the poses as text; "
                 "reference: the layout of pose-estimation-service, where include_mesh is true")
                .optional(),
            rule("frames", "A:B for the frames A to B-1, A: from A on; of json and csv").optional()};
}

EstimationResponse response_of(const EstimationRecord& estimation) {
    const auto id = std::to_string(estimation.id);
    const auto self = "/estimations/" + id + '/';
    return {.id = estimation.id,
            .video_id = estimation.video_id,
            .storage_key = estimation.storage_key,
            .requested_width = estimation.requested_size.width,
            .requested_height = estimation.requested_size.height,
            .requested_fps = estimation.requested_fps,
            .skip_start_seconds = estimation.skip_start_seconds,
            .duration_seconds = estimation.duration_seconds,
            .description = estimation.description,
            .created_at = Timestamp(estimation.created_at),
            .estimator = estimation.estimator,
            .weights_digest = estimation.weights_digest,
            .engine_revision = estimation.engine_revision,
            .engine_version = estimation.engine_version,
            .frame_count = estimation.frame_count,
            .person_frame_count = estimation.person_frame_count,
            .lost_frame_count = estimation.lost_frame_count,
            .include_mesh = estimation.include_mesh,
            .links = {.self = self,
                      .download = "/estimations/download/" + id + '/',
                      .video = "/videos/" + std::to_string(estimation.video_id) + '/',
                      .visualizations = "/visualizations/?estimation_id=" + id}};
}

FieldError wrong(Place place, const char* field, const char* code, std::string message) {
    return {.in = place == Place::body ? "body" : "query",
            .pointer = std::string("/") + field,
            .code = code,
            .message = std::move(message)};
}

/// What the configuration bounds and what a type cannot say.
std::vector<FieldError> faults_of(const SubmitEstimation& input, const ServiceConfig& config) {
    std::vector<FieldError> faults;
    const auto longest = static_cast<double>(config.max_duration.count());
    const auto refuse = [&](const char* field, const char* code, std::string message) {
        faults.push_back(wrong(Place::body, field, code, std::move(message)));
    };
    if (input.target_fps > config.max_frame_rate)
        refuse("target_fps", "out_of_range", "must be at most " + std::to_string(config.max_frame_rate));
    else if (!rate_from(input.target_fps))
        refuse("target_fps", "too_precise", "must have at most six decimals");
    if (input.skip_start_seconds > longest)
        refuse("skip_start_seconds", "out_of_range",
               "must be at most " + std::to_string(config.max_duration.count()));
    if (input.duration_seconds > longest)
        refuse("duration_seconds", "out_of_range",
               "must be at most " + std::to_string(config.max_duration.count()));
    else if (std::llround(input.duration_seconds * 1e6) == 0)
        refuse("duration_seconds", "out_of_range", "must be at least a microsecond");
    const auto& estimator = input.estimator.value_or(config.default_estimator);
    if (input.include_mesh && !estimation::gives_mesh(estimator))
        refuse("include_mesh", "unsupported", "must be false: " + estimator + " gives no mesh");
    return faults;
}

Microseconds microseconds(double seconds) {
    return Microseconds(std::llround(seconds * 1e6));
}

Result<Response> submit(const SubmitEstimation& input, const Request& request, Service& service) {
    if (auto faults = faults_of(input, service.config); !faults.empty())
        return problem_response(problem_of(std::move(faults)));
    auto task =
        pipeline::submit_estimation(service.stores,
                                    {.video_id = input.video_id,
                                     .frame_box = {input.target_width, input.target_height},
                                     .selection = {.start = microseconds(input.skip_start_seconds),
                                                   .duration = microseconds(input.duration_seconds),
                                                   .rate = rate_from(input.target_fps)},
                                     .estimator = input.estimator.value_or(service.config.default_estimator),
                                     .people = input.people == PeopleText::all ? People::all : People::one,
                                     .mesh = input.include_mesh,
                                     .description = input.description},
                                    service.config.queue_limit);
    if (task.has_error() && task.error().code == Code::estimator_unavailable)
        return fail(task.error().code, task.error().message, suggest_estimators(service));
    return answer_submit(request, service, task);
}

Result<Reply<std::vector<EstimationResponse>>> list_estimations(const ListEstimations& input,
                                                                const Request& request, Service& service) {
    auto transaction = service.stores.database.read();
    const auto page =
        TRY(Estimations(transaction).list({.skip = input.skip, .limit = input.limit}, input.video_id));
    std::vector<EstimationResponse> estimations;
    for (const auto& estimation : page.records)
        estimations.push_back(response_of(estimation));
    return Reply<std::vector<EstimationResponse>>{.view = std::move(estimations),
                                                  .headers = page_headers(request, input, page.total)};
}

Result<EstimationResponse> find_estimation(const EstimationId& input, Service& service) {
    return response_of(TRY(row_of<Estimations>(service, what, input.estimation_id)));
}

/// The poses as text, and all that is read for them.
class PoseBody final : public BodyProducer {
  public:
    PoseBody(std::unique_ptr<ByteSource> source, std::unique_ptr<results::ArchiveReader> reader,
             std::unique_ptr<results::PoseText> poses)
        : source_(std::move(source)), reader_(std::move(reader)), poses_(std::move(poses)) {}

    Result<std::string> next() override { return poses_->next(); }

  private:
    std::unique_ptr<ByteSource> source_;
    std::unique_ptr<results::ArchiveReader> reader_;
    std::unique_ptr<results::PoseText> poses_;
};

Response refuse_frames(std::string message) {
    return problem_response(problem_of({wrong(Place::query, "frames", "invalid_range", std::move(message))}));
}

Result<Response> send_text(const DownloadEstimation& input, std::unique_ptr<ByteSource> source,
                           const std::string& filename) {
    const auto span = frame_span_in(input.frames.value_or("0:"));
    if (!span)
        return refuse_frames("must be A:B with 0 <= A <= B, or A:");
    auto reader = TRY(results::open_archive(*source));
    const auto frames = reader->counts().frames;
    const results::FrameRange range{.first = span->begin, .end = span->end.value_or(frames)};
    if (range.end > frames || range.first > frames)
        return refuse_frames("must lie within the " + std::to_string(frames) + " frames there are");
    const bool as_csv = input.format == EstimationFormat::csv;
    auto poses = TRY(results::open_pose_text(*reader, range,
                                             as_csv ? results::PoseFormat::csv : results::PoseFormat::json));
    Response response{.headers = {{"Content-Type", as_csv ? "text/csv; charset=utf-8" : "application/json"},
                                  {"Content-Disposition",
                                   content_disposition(Disposition::attachment,
                                                       named_after(filename, as_csv ? ".csv" : ".json"))}}};
    response.body = std::make_unique<PoseBody>(std::move(source), std::move(reader), std::move(poses));
    return response;
}

struct NamedEstimation {
    EstimationRecord estimation;
    std::string filename;  ///< of the video
};

Result<NamedEstimation> named_estimation(Service& service, std::int64_t id) {
    auto transaction = service.stores.database.read();
    auto estimation = TRY(row_of<Estimations>(transaction, what, id));
    const auto video = TRY(row_of<database::Videos>(transaction, "video", estimation.video_id));
    return NamedEstimation{.estimation = std::move(estimation), .filename = video.filename};
}

/// This process holds no model: what is not stored cannot be computed here.
Result<Response> send_reference_layout(std::unique_ptr<ByteSource> source, const EstimationRecord& estimation,
                                       const std::string& filename) {
    auto reader = TRY(results::open_archive(*source));
    auto layout = results::open_reference_layout(*reader, estimation.requested_size, nullptr);
    if (layout.has_error() && layout.error().code != Code::corrupt_archive)
        return problem_response(
            problem_of({wrong(Place::query, "format", "unsupported", layout.error().message)}));
    Response response{.headers = {{"Content-Type", "application/x-safetensors"},
                                  {"Content-Disposition",
                                   content_disposition(Disposition::attachment,
                                                       named_after(filename, ".reference.safetensors"))}}};
    response.body = std::make_unique<PoseBody>(std::move(source), std::move(reader), TRY(std::move(layout)));
    return response;
}

Result<Response> download_estimation(const DownloadEstimation& input, const Request& request,
                                     Service& service) {
    const auto [estimation, filename] = TRY(named_estimation(service, input.estimation_id));
    const bool as_text = input.format == EstimationFormat::json || input.format == EstimationFormat::csv;
    if (as_text)
        return send_text(input,
                         TRY(object_of<Estimations>(service, what, estimation.id, estimation.storage_key)),
                         filename);
    if (input.frames)
        return refuse_frames("is for the formats json and csv; the others are sent as a whole");
    if (input.format == EstimationFormat::reference)
        return send_reference_layout(
            TRY(object_of<Estimations>(service, what, estimation.id, estimation.storage_key)), estimation,
            filename);

    return send_object<Estimations>(request, service, what, estimation.id, estimation.storage_key,
                                    {.source = {},
                                     .media_type = "application/x-safetensors",
                                     .etag = estimation.storage_key,
                                     .filename = named_after(filename, ".safetensors")});
}

Result<> remove_estimation(const EstimationId& input, Service& service) {
    TRY(pipeline::remove_estimation(service.stores, input.estimation_id));
    service.tasks_changed();
    return {};
}

}  // namespace

std::vector<Route> estimation_routes(Service& service) {
    constexpr const char* tag = "estimations";
    auto submits =
        route(Method::post, "/estimations/submit/", submit, service,
              submit_documentation("Estimate a video's poses", tag,
                                   {Code::not_found, Code::empty_window, Code::estimator_unavailable}));
    submits.output = schema_of<TaskResponse>();
    return {
        std::move(submits),
        route(Method::get, "/estimations/", list_estimations, service,
              {.summary = "Estimations by ascending id", .tag = tag, .headers = paging_headers()}),
        route(Method::get, "/estimations/{estimation_id}/", find_estimation, service,
              {.summary = "One estimation", .tag = tag, .errors = {Code::not_found}}),
        route(
            Method::get, "/estimations/download/{estimation_id}/", download_estimation, service,
            {.summary = "The poses",
             .tag = tag,
             .description =
                 std::string("An archive is application/x-safetensors, with ranges, and so is reference, the "
                             "layout of the reference service, for estimations with a mesh; json is "
                             "application/json and csv text/csv. ") +
                 redirection_note,
             .also = {Status::partial_content, Status::not_modified},
             .errors = {Code::not_found},
             .headers = {"ETag", "Content-Disposition"},
             .media_type = "application/x-safetensors"}),
        route(Method::remove, "/estimations/{estimation_id}/", remove_estimation, service,
              {.summary = "Delete an estimation and its visualizations",
               .tag = tag,
               .success = Status::no_content,
               .errors = {Code::not_found}}),
    };
}

}  // namespace posed::api
