#include "api/sample_service.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include <boost/json.hpp>

#include "base/identifiers.h"
#include "database/migrations.h"
#include "estimation/load_estimator.h"
#include "pipeline/sample_workers.h"
#include "pipeline/task_parameters.h"
#include "storage/filesystem_store.h"
#include "tests/support/bucket.h"
#include "tests/support/s3_server.h"
#include "tests/support/synthetic_clip.h"

namespace posed::api {
namespace {

constexpr std::size_t upload_piece_bytes = 100'000;

pipeline::Estimators& estimators() {
    static pipeline::Estimators loaded;
    return loaded;
}

Capability estimating() {
    return pipeline::capability_of(estimators().at("blazepose-lite").estimator->description());
}

ServiceConfig sample_config() {
    ServiceConfig config;
    config.default_estimator = "blazepose-lite";
    config.max_upload_bytes = 64 << 20;
    config.max_pixels = 35'389'440;
    config.max_duration = std::chrono::hours(4);
    config.max_frame_rate = 1000;
    config.max_frames = 1'000'000;
    config.queue_limit = 100;
    config.task_retention = std::chrono::hours(24 * 30);
    config.deep_health_timeout = std::chrono::seconds(30);
    return config;
}

const database::DatabaseKind& kind_of_database() {
    return *std::ranges::find(database::database_kinds(), tests::on_servers() ? "postgresql" : "sqlite",
                              &database::DatabaseKind::name);
}

void require_s3() {
    POSED_NEEDS_S3();
}

std::unique_ptr<storage::ObjectStore> make_objects(const std::filesystem::path& folder, const Clock& clock) {
    if (tests::on_servers())
        require_s3();
    if (!tests::on_servers() || tests::why_no_s3())
        return storage::open_filesystem_store({.folder = folder, .max_bytes = {}}, clock).value();
    auto& server = tests::S3Server::shared();
    return tests::open_bucket(server.url() + "/" + server.make_bucket());
}

std::string read_to_end(BodyProducer& producer) {
    std::string text;
    for (auto piece = producer.next().value(); !piece.empty(); piece = producer.next().value())
        text += piece;
    return text;
}

std::string read_to_end(const SourceBody& part) {
    std::string text(static_cast<std::size_t>(part.size), '\0');
    EXPECT_TRUE(
        read_exactly(*part.source, part.offset, std::as_writable_bytes(std::span(text)), Code::internal)
            .has_value());
    return text;
}

}  // namespace

boost::json::value Answer::json() const {
    return boost::json::parse(body);
}

std::string Answer::header(std::string_view name) const {
    return std::string(headers.find(name).value_or(""));
}

std::string Answer::code() const {
    return std::string(json().at("code").as_string());
}

std::vector<std::string> Answer::wrong_fields() const {
    std::vector<std::string> pointers;
    const auto problem = json();
    for (const auto& error : problem.at("errors").as_array())
        pointers.emplace_back(error.at("pointer").as_string());
    return pointers;
}

void ServiceSuite::SetUpTestSuite() {
    estimators()["blazepose-lite"].estimator =
        estimation::load_estimator(
            "blazepose-lite",
            {.module_directory = POSED_MODULE_DIRECTORY, .blazepose_directory = tests::blazepose_weights()},
            {}, silent_log())
            .value();
}

void ServiceSuite::TearDownTestSuite() {
    estimators().clear();
}

ServiceSuite::ServiceSuite()
    : config(sample_config()),
      sample_database(database::make_or_skip(kind_of_database())),
      records(sample_database->open({}, clock)),
      objects(make_objects(folder.path() / "objects", clock)) {
    database::migrate_up(*records).value();
    std::filesystem::create_directory(folder.path() / "scratch");
    restart();
}

void ServiceSuite::restart() {
    application_.reset();
    service = std::make_unique<Service>(Service{.stores = {*records, *objects, clock, random},
                                                .opener = opener,
                                                .config = config,
                                                .limits = {},
                                                .version = "1.2.3",
                                                .sandbox_layers = {"none"},
                                                .metrics = metrics,
                                                .log = log_});
    application_ = std::make_unique<Application>(service_routes(*service), ApplicationOptions{}, log_,
                                                 metrics, clock, random);
}

Response ServiceSuite::respond(Request request) {
    if (!request.headers.find("Host"))
        request.headers.add("Host", "localhost");
    application_->begin(request);
    auto admission = application_->admit(request, "127.0.0.1");
    auto response =
        admission.answer ? *std::move(admission.answer) : application_->answer(*admission.route, request);
    application_->complete(request, response);
    application_->record(request, {.route = admission.route, .status = response.status});
    return response;
}

Answer ServiceSuite::finished(const Request& request, Response response) {
    Answer answer{.status = number_of(response.status), .headers = response.headers};
    if (const auto* text = std::get_if<std::string>(&response.body))
        answer.body = *text;
    else if (const auto* part = std::get_if<SourceBody>(&response.body))
        answer.body = read_to_end(*part);
    else if (const auto* producer = std::get_if<std::unique_ptr<BodyProducer>>(&response.body))
        answer.body = read_to_end(**producer);
    else if (const auto* late = std::get_if<LateBody>(&response.body))
        return finished(request, *late->answer->poll(LateAnswer::Call::last));
    return answer;
}

Answer ServiceSuite::answer_to(const Request& request) {
    return finished(request, respond(request));
}

Answer ServiceSuite::get(const std::string& target, const Headers& headers) {
    return answer_to({.method = Method::get, .target = target, .headers = headers});
}

Answer ServiceSuite::remove(const std::string& target) {
    return answer_to({.method = Method::remove, .target = target});
}

Answer ServiceSuite::post(const std::string& target, const std::string& json, const Headers& headers) {
    Request request{.method = Method::post, .target = target, .headers = headers, .body = json};
    request.content_length = json.size();
    request.headers.add("Content-Type", "application/json");
    return answer_to(request);
}

Answer ServiceSuite::upload(const std::string& target, const std::string& body, const Headers& headers) {
    Request request{.method = Method::post, .target = target, .headers = headers};
    request.headers.add("Host", "localhost");
    request.content_length = body.size();
    application_->begin(request);
    auto admission = application_->admit(request, "127.0.0.1");
    const auto answer = [&](Response response) {
        application_->complete(request, response);
        return finished(request, std::move(response));
    };
    if (admission.answer)
        return answer(*std::move(admission.answer));
    Upload upload(*application_, *admission.route, request);
    auto refusal = upload.open();
    for (std::size_t begin = 0; begin < body.size() && !refusal; begin += upload_piece_bytes) {
        refusal = upload.write(
            std::as_bytes(std::span(body).subspan(begin, std::min(upload_piece_bytes, body.size() - begin))));
        after_piece();
    }
    return answer(refusal ? *std::move(refusal) : upload.finish());
}

Answer ServiceSuite::upload_form(const std::string& filename, const std::string& bytes,
                                 const std::string& description) {
    const auto body = "--limit\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n" +
                      description +
                      "\r\n--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + filename +
                      "\"\r\nContent-Type: text/plain\r\n\r\n" + bytes + "\r\n--limit--\r\n";
    return upload("/videos/ingest/", body, {{"Content-Type", "multipart/form-data; boundary=limit"}});
}

std::int64_t ServiceSuite::ingest_clip() {
    const auto answer = upload_form("T\xc3\xa4nzer 1.mp4", bytes_of(tests::synthetic_clip()), "a clip");
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.json().at("id").as_int64();
}

std::string ServiceSuite::quarter_second_of(std::int64_t video_id, const std::string& more) {
    return R"({"video_id":)" + std::to_string(video_id) +
           R"(,"target_width":320,"target_height":320,"target_fps":12,"duration_seconds":0.25)" + more + "}";
}

std::int64_t ServiceSuite::estimate(std::int64_t video_id) {
    announce_workers();
    const auto submitted = post("/estimations/submit/", quarter_second_of(video_id));
    EXPECT_EQ(submitted.status, 202) << submitted.body;
    work();
    return get(submitted.header("Location")).json().at_pointer("/result/resource_id").as_int64();
}

std::int64_t ServiceSuite::render(std::int64_t estimation_id) {
    const auto submitted =
        post("/visualizations/submit/",
             R"({"estimation_id":)" + std::to_string(estimation_id) + R"(,"preset":"ultrafast"})");
    EXPECT_EQ(submitted.status, 202) << submitted.body;
    work();
    return get(submitted.header("Location")).json().at_pointer("/result/resource_id").as_int64();
}

void ServiceSuite::work() {
    pipeline::run_next_of_each_queue(service->stores, metrics, media::in_process(), estimators(),
                                     folder.path() / "scratch");
}

/// They find nothing to do.
void ServiceSuite::announce_workers() {
    work();
}

tasks::Lease ServiceSuite::begin_run() {
    const auto token = random_token(random);
    const std::vector capabilities{estimating()};
    auto transaction = records->write();
    const auto task = tasks::lease(transaction, {.queue = std::string(pipeline::inference_queue),
                                                 .owner = "worker of inference",
                                                 .token = token,
                                                 .capabilities = capabilities});
    transaction.commit();
    return {.task_id = task.value().id, .token = token};
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ostringstream bytes;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    return std::move(bytes).str();
}

std::vector<Event> polled(const Response& stream) {
    return std::get<std::unique_ptr<EventSource>>(stream.body)->poll().value().events;
}

}  // namespace posed::api
