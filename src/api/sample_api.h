#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "api/application.h"
#include "api/endpoint.h"
#include "api/upload.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"

/// An API with a route of every kind, for the tests, fuzz targets and measurements of this folder.
namespace posed::api::sample {

BOOST_DEFINE_ENUM_CLASS(Colour, red, green)

struct CreateItem {
    std::int64_t id = 0;
    double rate = 0;
    int size = 30;
    Colour colour = Colour::red;
    bool shown = true;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(CreateItem, (), (id, rate, size, colour, shown, description))
Rules rules_of(const CreateItem*);

struct ItemView {
    std::int64_t id = 0;
    double rate = 0;
    int size = 0;
    Colour colour = Colour::red;
    std::optional<std::string> description = {};
    std::vector<std::string> tags = {};
    Timestamp created_at = {};
};
BOOST_DESCRIBE_STRUCT(ItemView, (), (id, rate, size, colour, description, tags, created_at))

struct FindItem {
    std::int64_t item_id = 0;
};
BOOST_DESCRIBE_STRUCT(FindItem, (), (item_id))

struct ListItems {
    int skip = 0;
    int limit = 50;
    std::vector<std::string> tag;
};
BOOST_DESCRIBE_STRUCT(ListItems, (), (skip, limit, tag))
Rules rules_of(const ListItems*);

struct UploadFields {
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(UploadFields, (), (description))
Rules rules_of(const UploadFields*);

struct UploadView {
    std::string filename = {};
    std::int64_t bytes = 0;
    std::string sha256 = {};
    std::optional<std::string> description = {};
};
BOOST_DESCRIBE_STRUCT(UploadView, (), (filename, bytes, sha256, description))

/// A database that is gone.
class Outage final : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What the handlers work on, and what the tests turn and wait for.
class Services {
  public:
    std::string file;                    ///< what /file/ sends
    std::shared_ptr<ByteSource> source;  ///< or this instead

    void abandoned();
    void wait_for_abandoned(int count);

    void publish(std::string data);
    [[nodiscard]] std::vector<Event> events_after(std::size_t seen);

    /// A handler of /block/ waits until `release`.
    void block();
    void wait_for_blocked(int count = 1);
    void release();

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int abandoned_ = 0;
    int blocked_ = 0;
    bool released_ = false;
    std::vector<Event> events_;
};

[[nodiscard]] std::vector<Route> routes(Services& services);

/// The application with its surroundings. `options` as in ApplicationOptions.
struct Api {
    explicit Api(ApplicationOptions options = {}, Log& log = silent_log());

    Services services;
    Metrics metrics;
    SeededRandom random{1};
    ManualClock clock;
    Application application;
};

/// The answer to a request without a socket; problems are written out.
Response respond(Api& api, Request request);

[[nodiscard]] std::string body_of(const Response& response);

}  // namespace posed::api::sample
