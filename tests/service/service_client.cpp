#include "tests/service/service_client.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include <boost/json/parse.hpp>

#include "tests/service/running_service.h"

namespace posed::tests {
namespace {

using api::tests::RawClient;
using api::tests::request;

ServiceClient::Answer answer_to(std::uint16_t port, const std::string& text) {
    RawClient client(port);
    client.send(text);
    return client.read_answer();
}

ServiceClient::Answer expected(int status, ServiceClient::Answer answer) {
    if (answer.status != status)
        throw std::runtime_error("answered " + std::to_string(answer.status) + ": " + answer.body);
    return answer;
}

bool is_final(const std::string& status) {
    return status == "SUCCESS" || status == "FAILURE" || status == "REVOKED";
}

/// Of a submit, whether or not the task was there already.
std::string task_id_of(const ServiceClient::Answer& answer) {
    return text(json_of(answer.status == 200 ? answer : expected(202, answer)), "task_id");
}

/// Of "2026-11-24T10:15:30.123456Z".
double seconds_of_day(const std::string& time) {
    return std::stod(time.substr(11, 2)) * 3600 + std::stod(time.substr(14, 2)) * 60 +
           std::stod(time.substr(17));
}

}  // namespace

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

EstimationWanted long_estimation_of(std::int64_t video) {
    return {.video = video, .duration_seconds = 4, .fps = 24, .estimator = "blazepose-heavy"};
}

ServiceClient::Answer ServiceClient::get(const std::string& target) const {
    return answer_to(port_, request("GET", target));
}

ServiceClient::Answer ServiceClient::remove(const std::string& target) const {
    RawClient client(port_);
    client.send(request("DELETE", target));
    return client.read_answer();
}

ServiceClient::Answer ServiceClient::post(const std::string& target, const std::string& json,
                                          const std::string& more_fields) const {
    return answer_to(port_,
                     request("POST", target, "Content-Type: application/json\r\n" + more_fields, json));
}

ServiceClient::Answer ServiceClient::upload(std::string_view bytes, const std::string& query) const {
    const auto head = "Content-Type: video/mp4\r\nContent-Length: " + std::to_string(bytes.size()) + "\r\n";
    RawClient client(port_);
    client.send(request("POST", "/videos/ingest/?" + query, head));
    client.send(bytes);
    return client.read_answer();
}

ServiceClient::Answer ServiceClient::submit(const EstimationWanted& wanted,
                                            const std::string& more_fields) const {
    return post("/estimations/submit/",
                R"({"video_id":)" + std::to_string(wanted.video) +
                    R"(,"target_width":320,"target_height":320,"target_fps":)" + std::to_string(wanted.fps) +
                    R"(,"skip_start_seconds":)" + std::to_string(wanted.start_seconds) +
                    R"(,"duration_seconds":)" + std::to_string(wanted.duration_seconds) +
                    R"(,"estimator":")" + wanted.estimator + "\"}",
                more_fields);
}

ServiceClient::Answer ServiceClient::submit(const RenderingWanted& wanted) const {
    return post("/visualizations/submit/", R"({"estimation_id":)" + std::to_string(wanted.estimation) +
                                               R"(,"preset":")" + wanted.preset + R"(","crf":)" +
                                               std::to_string(wanted.crf) + "}");
}

std::int64_t ServiceClient::uploaded(const std::filesystem::path& clip) const {
    return number(json_of(expected(201, upload(bytes_of(clip)))), "id");
}

std::string ServiceClient::submitted(const EstimationWanted& wanted) const {
    return task_id_of(submit(wanted));
}

std::string ServiceClient::submitted(const RenderingWanted& wanted) const {
    return task_id_of(submit(wanted));
}

std::int64_t ServiceClient::estimated(const EstimationWanted& wanted) const {
    const auto id = submitted(wanted);
    wait_for(id, "SUCCESS");
    return number(task(id), "result/resource_id");
}

boost::json::value ServiceClient::task(const std::string& id) const {
    return json_of(expected(200, get("/tasks/" + id + "/")));
}

std::string ServiceClient::status_of(const std::string& id) const {
    return text(task(id), "status");
}

void ServiceClient::wait_for(const std::string& id, const std::string& status) const {
    std::string last;
    const bool reached = eventually([&] {
        last = status_of(id);
        return last == status || is_final(last);
    });
    if (!reached || last != status)
        throw std::runtime_error("the task is " + last + ", not " + status + ": " + get("/tasks/" + id).body);
}

boost::json::value ServiceClient::wait_until_final(const std::string& id) const {
    boost::json::value last;
    if (!eventually([&] { return is_final(text(last = task(id), "status")); }))
        throw std::runtime_error("the task does not end: " + get("/tasks/" + id).body);
    return last;
}

std::size_t ServiceClient::count(const std::string& list) const {
    return std::stoul(expected(200, get(list)).field("X-Total-Count"));
}

std::int64_t number(const boost::json::value& object, const std::string& path) {
    return object.at_pointer("/" + path).to_number<std::int64_t>();
}

std::string text(const boost::json::value& object, const std::string& path) {
    const auto& value = object.at_pointer("/" + path).as_string();
    return {value.data(), value.size()};
}

double seconds_between(const boost::json::value& object, const std::string& from, const std::string& to) {
    constexpr double day = 86'400;
    const auto passed = seconds_of_day(text(object, to)) - seconds_of_day(text(object, from));
    return passed < 0 ? passed + day : passed;
}

boost::json::value json_of(const ServiceClient::Answer& answer) {
    return boost::json::parse(answer.body);
}

}  // namespace posed::tests
