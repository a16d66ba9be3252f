#include "database/visualizations.h"

#include <optional>
#include <string>
#include <utility>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "api/download.h"
#include "api/endpoint.h"
#include "api/paging.h"
#include "api/resources.h"
#include "api/submission.h"
#include "api/task_response.h"
#include "database/estimations.h"
#include "database/videos.h"
#include "pipeline/remove_resources.h"
#include "pipeline/submit_visualization.h"

namespace posed::api {
namespace {

using database::Visualizations;

constexpr const char* what = "visualization";

BOOST_DEFINE_ENUM_CLASS(EncoderPreset, ultrafast, superfast, veryfast, faster, fast, medium, slow, slower,
                        veryslow)

struct VisualizationLinks {
    std::string self;
    std::string download;
    std::string estimation;
};
BOOST_DESCRIBE_STRUCT(VisualizationLinks, (), (self, download, estimation))

struct VisualizationResponse {
    std::int64_t id = 0;
    std::int64_t estimation_id = 0;
    std::string storage_key;
    bool show_bbox = false;
    bool show_bbox_confidence = false;
    bool show_keypoints = false;
    bool show_skeleton = false;
    bool show_mesh = false;
    int crf = 0;
    std::string preset;
    std::optional<std::string> description;
    Timestamp created_at;
    VisualizationLinks links;
};
BOOST_DESCRIBE_STRUCT(VisualizationResponse, (),
                      (id, estimation_id, storage_key, show_bbox, show_bbox_confidence, show_keypoints,
                       show_skeleton, show_mesh, crf, preset, description, created_at, links))

struct VisualizationId {
    std::int64_t visualization_id = 0;
};
BOOST_DESCRIBE_STRUCT(VisualizationId, (), (visualization_id))

struct ListVisualizations : Paging {
    std::optional<std::int64_t> estimation_id;
};
BOOST_DESCRIBE_STRUCT(ListVisualizations, (Paging), (estimation_id))

[[maybe_unused]] Rules rules_of(const ListVisualizations*) {
    auto rules = paging_rules();
    rules.push_back(rule("estimation_id", "Only those of this estimation").optional());
    return rules;
}

struct SubmitVisualization {
    std::int64_t estimation_id = 0;
    bool show_bbox = false;
    bool show_bbox_confidence = false;
    bool show_keypoints = true;
    bool show_skeleton = true;
    bool show_mesh = false;
    int crf = 20;
    EncoderPreset preset = EncoderPreset::slower;
    int batch_size = 30;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(SubmitVisualization, (),
                      (estimation_id, show_bbox, show_bbox_confidence, show_keypoints, show_skeleton,
                       show_mesh, crf, preset, batch_size, description))

[[maybe_unused]] Rules rules_of(const SubmitVisualization*) {
    return {rule("estimation_id", "Of GET /estimations/").above(0),
            rule("show_bbox", "The box around each person").optional(),
            rule("show_bbox_confidence", "How sure the estimator is of the person").optional(),
            rule("show_keypoints", "The key points").optional(),
            rule("show_skeleton", "The lines between them").optional(),
            rule("show_mesh", "The body's surface; only of an estimation with include_mesh").optional(),
            rule("crf", "x264's quality: less is better, and larger").optional().at_least(0).at_most(51),
            rule("preset", "x264's effort: slower is smaller").optional(),
            rule("batch_size", "Taken and without effect").optional().above(0),
            rule("description", "For people").optional().length_at_most(description_length_max)};
}

VisualizationResponse response_of(const VisualizationRecord& visualization) {
    const auto id = std::to_string(visualization.id);
    return {.id = visualization.id,
            .estimation_id = visualization.estimation_id,
            .storage_key = visualization.storage_key,
            .show_bbox = visualization.show_bbox,
            .show_bbox_confidence = visualization.show_bbox_confidence,
            .show_keypoints = visualization.show_keypoints,
            .show_skeleton = visualization.show_skeleton,
            .show_mesh = visualization.show_mesh,
            .crf = visualization.crf,
            .preset = visualization.preset,
            .description = visualization.description,
            .created_at = Timestamp(visualization.created_at),
            .links = {.self = "/visualizations/" + id + '/',
                      .download = "/visualizations/download/" + id + '/',
                      .estimation = "/estimations/" + std::to_string(visualization.estimation_id) + '/'}};
}

Result<std::vector<FieldError>> faults_of(const SubmitVisualization& input, Service& service) {
    std::vector<FieldError> faults;
    if (!input.show_mesh)
        return faults;
    const auto estimation = TRY(row_of<database::Estimations>(service, "estimation", input.estimation_id));
    if (!estimation.include_mesh)
        faults.push_back({.in = "body",
                          .pointer = "/show_mesh",
                          .code = "unsupported",
                          .message = "must be false: estimation " + std::to_string(estimation.id) +
                                     " holds no mesh, for it was submitted without include_mesh"});
    return faults;
}

Result<Response> submit(const SubmitVisualization& input, const Request& request, Service& service) {
    if (auto faults = TRY(faults_of(input, service)); !faults.empty())
        return problem_response(problem_of(std::move(faults)));
    return answer_submit(
        request, service,
        pipeline::submit_visualization(service.stores,
                                       {.estimation_id = input.estimation_id,
                                        .overlay = {.bbox = input.show_bbox,
                                                    .bbox_confidence = input.show_bbox_confidence,
                                                    .keypoints = input.show_keypoints,
                                                    .skeleton = input.show_skeleton,
                                                    .mesh = input.show_mesh},
                                        .crf = input.crf,
                                        .preset = boost::describe::enum_to_string(input.preset, ""),
                                        .description = input.description},
                                       service.config.queue_limit));
}

Result<Reply<std::vector<VisualizationResponse>>> list_visualizations(const ListVisualizations& input,
                                                                      const Request& request,
                                                                      Service& service) {
    auto transaction = service.stores.database.read();
    const auto page = TRY(
        Visualizations(transaction).list({.skip = input.skip, .limit = input.limit}, input.estimation_id));
    std::vector<VisualizationResponse> visualizations;
    for (const auto& visualization : page.records)
        visualizations.push_back(response_of(visualization));
    return Reply<std::vector<VisualizationResponse>>{.view = std::move(visualizations),
                                                     .headers = page_headers(request, input, page.total)};
}

Result<VisualizationResponse> find_visualization(const VisualizationId& input, Service& service) {
    return response_of(TRY(row_of<Visualizations>(service, what, input.visualization_id)));
}

struct NamedVisualization {
    VisualizationRecord visualization;
    std::string filename;  ///< of the video
};

Result<NamedVisualization> named_visualization(Service& service, std::int64_t id) {
    auto transaction = service.stores.database.read();
    auto visualization = TRY(row_of<Visualizations>(transaction, what, id));
    const auto estimation =
        TRY(row_of<database::Estimations>(transaction, "estimation", visualization.estimation_id));
    const auto video = TRY(row_of<database::Videos>(transaction, "video", estimation.video_id));
    return NamedVisualization{.visualization = std::move(visualization), .filename = video.filename};
}

Result<Response> download_visualization(const VisualizationId& input, const Request& request,
                                        Service& service) {
    const auto [visualization, filename] = TRY(named_visualization(service, input.visualization_id));
    return send_object<Visualizations>(request, service, what, visualization.id, visualization.storage_key,
                                       {.source = {},
                                        .media_type = "video/mp4",
                                        .etag = visualization.storage_key,
                                        .filename = named_after(filename, ".posed.mp4")});
}

Result<> remove_visualization(const VisualizationId& input, Service& service) {
    TRY(pipeline::remove_visualization(service.stores, input.visualization_id));
    service.tasks_changed();
    return {};
}

}  // namespace

std::vector<Route> visualization_routes(Service& service) {
    constexpr const char* tag = "visualizations";
    auto submits = route(Method::post, "/visualizations/submit/", submit, service,
                         submit_documentation("Draw an estimation over its video", tag, {Code::not_found}));
    submits.output = schema_of<TaskResponse>();
    return {
        std::move(submits),
        route(Method::get, "/visualizations/", list_visualizations, service,
              {.summary = "Visualizations by ascending id", .tag = tag, .headers = paging_headers()}),
        route(Method::get, "/visualizations/{visualization_id}/", find_visualization, service,
              {.summary = "One visualization", .tag = tag, .errors = {Code::not_found}}),
        route(Method::get, "/visualizations/download/{visualization_id}/", download_visualization, service,
              {.summary = "The annotated video",
               .tag = tag,
               .description = redirection_note,
               .also = {Status::partial_content, Status::not_modified},
               .errors = {Code::not_found},
               .headers = {"ETag", "Content-Disposition"},
               .media_type = "video/mp4"}),
        route(Method::remove, "/visualizations/{visualization_id}/", remove_visualization, service,
              {.summary = "Delete a visualization",
               .tag = tag,
               .success = Status::no_content,
               .errors = {Code::not_found}}),
    };
}

}  // namespace posed::api
