#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "api/raw_client.h"

namespace posed::tests {

/// The bytes of a file.
[[nodiscard]] std::string bytes_of(const std::filesystem::path& file);

/// A window of a second of the synthetic clip. Different starts are different recipes.
struct EstimationWanted {
    std::int64_t video = 0;
    double start_seconds = 0;
    double duration_seconds = 1;
    double fps = 4;
    std::string estimator = "blazepose-lite";
};

/// So much work that there is time to disturb it: some seconds.
[[nodiscard]] EstimationWanted long_estimation_of(std::int64_t video);

struct RenderingWanted {
    std::int64_t estimation = 0;
    int crf = 30;
    std::string preset = "ultrafast";
};

/// What the tests ask of a service. Every request goes over a connection of its own. A server that is away
/// gives status 0. Used by any number of threads.
class ServiceClient {
  public:
    using Answer = api::tests::Answer;

    explicit ServiceClient(std::uint16_t port) : port_(port) {}

    [[nodiscard]] Answer get(const std::string& target) const;
    Answer remove(const std::string& target) const;
    Answer post(const std::string& target, const std::string& json,
                const std::string& more_fields = "") const;

    /// The bytes as the body.
    Answer upload(std::string_view bytes, const std::string& query = "filename=clip.mp4") const;
    Answer submit(const EstimationWanted& wanted, const std::string& more_fields = "") const;
    Answer submit(const RenderingWanted& wanted) const;

    // The same where nothing but success makes sense: they throw otherwise.

    /// The video's id.
    [[nodiscard]] std::int64_t uploaded(const std::filesystem::path& clip) const;
    /// The task's id.
    [[nodiscard]] std::string submitted(const EstimationWanted& wanted) const;
    [[nodiscard]] std::string submitted(const RenderingWanted& wanted) const;
    /// The estimation's id.
    [[nodiscard]] std::int64_t estimated(const EstimationWanted& wanted) const;

    [[nodiscard]] boost::json::value task(const std::string& id) const;
    [[nodiscard]] std::string status_of(const std::string& id) const;

    /// Until it is in that state; throws when it ends otherwise, or never.
    void wait_for(const std::string& id, const std::string& status) const;

    /// What became of it.
    [[nodiscard]] boost::json::value wait_until_final(const std::string& id) const;

    [[nodiscard]] std::size_t count(const std::string& list) const;

  private:
    std::uint16_t port_;
};

/// A field of a JSON object, by its path: "result/resource_id". Throws when there is none.
[[nodiscard]] std::int64_t number(const boost::json::value& object, const std::string& path);
[[nodiscard]] std::string text(const boost::json::value& object, const std::string& path);
/// Between two of its times.
[[nodiscard]] double seconds_between(const boost::json::value& object, const std::string& from,
                                     const std::string& to);
[[nodiscard]] boost::json::value json_of(const ServiceClient::Answer& answer);

}  // namespace posed::tests
