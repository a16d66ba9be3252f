#include "api/sample_api.h"

#include <stdexcept>

#include "api/download.h"
#include "base/digest.h"

namespace posed::api::sample {
namespace {

constexpr std::uint64_t upload_bytes_max = 2'000'000'000;

Result<ItemView> find_item(const FindItem& input, Services&) {
    if (input.item_id > 1000)
        return fail(Code::not_found, "there is no item " + std::to_string(input.item_id));
    return ItemView{.id = input.item_id, .rate = 0.1, .size = 30, .tags = {"a", "b"}};
}

Result<std::vector<ItemView>> list_items(const ListItems& input, Services&) {
    std::vector<ItemView> items;
    for (int i = 0; i < input.limit; ++i)
        items.push_back({.id = input.skip + i, .tags = input.tag});
    return items;
}

Result<Reply<ItemView>> create_item(const CreateItem& input, const Request& request, Services&) {
    ItemView view{.id = input.id,
                  .rate = input.rate,
                  .size = input.size,
                  .colour = input.colour,
                  .description = input.description};
    return Reply<ItemView>{
        .view = std::move(view),
        .status = Status::created,
        .headers = {{"Location", "/items/" + std::to_string(input.id) + "/"}, {"X-Sent-Id", request.id}}};
}

Result<> remove_item(const FindItem&, Services&) {
    return {};
}

Result<> do_nothing(const Nothing&, Services&) {
    return {};
}

Result<ItemView> throw_error(const Nothing&, Services&) {
    throw std::logic_error("the secret is 42");
}

Result<ItemView> meet_outage(const Nothing&, Services&) {
    throw Outage("database at 10.0.0.1 is gone");
}

Result<ItemView> fail_inside(const Nothing&, Services&) {
    return fail(Code::input_output, "/var/secret: read failed");
}

Result<Response> send_file(const Nothing&, const Request& request, Services& services) {
    std::shared_ptr<ByteSource> source = services.source;
    if (!source)
        source = view_bytes(std::as_bytes(std::span(services.file)));
    return send(request, {.source = std::move(source),
                          .media_type = "video/mp4",
                          .etag = "tag",
                          .filename = "T\xc3\xa4nzer \"1\".mp4"});
}

class Counting final : public BodyProducer {
  public:
    Result<std::string> next() override {
        if (number_ == 3)
            return std::string();
        return "line " + std::to_string(number_++) + "\n";
    }

  private:
    int number_ = 0;
};

class Breaking final : public BodyProducer {
  public:
    Result<std::string> next() override {
        if (std::exchange(begun_, true))
            return fail(Code::input_output, "the disk is gone");
        return std::string("begun\n");
    }

  private:
    bool begun_ = false;
};

Result<Response> count(const Nothing&, Services&) {
    return Response{.headers = {{"Content-Type", "text/plain"}}, .body = std::make_unique<Counting>()};
}

Result<Response> break_off(const Nothing&, Services&) {
    return Response{.headers = {{"Content-Type", "text/plain"}}, .body = std::make_unique<Breaking>()};
}

class Feed final : public EventSource {
  public:
    explicit Feed(Services& services) : services_(services) {}

    Result<EventBatch> poll() override {
        EventBatch batch{.events = services_.events_after(seen_)};
        seen_ += batch.events.size();
        batch.ended = !batch.events.empty() && batch.events.back().data == "end";
        return batch;
    }

  private:
    Services& services_;
    std::size_t seen_ = 0;
};

Result<Response> watch_events(const Nothing&, Services& services) {
    return event_stream(std::make_unique<Feed>(services));
}

/// Answers with the first event that is published.
class FirstEvent final : public LateAnswer {
  public:
    explicit FirstEvent(Services& services) : services_(services) {}

    std::optional<Response> poll(Call call) override {
        const auto events = services_.events_after(0);
        if (events.empty() && call == Call::early)
            return {};
        return json_response(Status::ok,
                             to_json(events.empty() ? std::string("nothing") : events.front().data));
    }

  private:
    Services& services_;
};

struct Patience {
    int milliseconds = 60'000;
};
BOOST_DESCRIBE_STRUCT(Patience, (), (milliseconds))

Rules rules_of(const Patience*) {
    return {rule("milliseconds", "How long to wait").optional()};
}

Result<Response> wait_for_event(const Patience& patience, Services& services) {
    return answer_later(std::make_unique<FirstEvent>(services),
                        std::chrono::milliseconds(patience.milliseconds));
}

Result<ItemView> block(const Nothing&, Services& services) {
    services.block();
    return ItemView{};
}

class Hashing final : public FileSink<UploadFields, UploadView> {
  public:
    Hashing(std::string filename, Services& services) : filename_(std::move(filename)), services_(services) {}
    ~Hashing() override {
        if (!finished_)
            services_.abandoned();
    }

    Result<> write(std::span<const std::byte> piece) override {
        if (bytes_ == 0 && piece.front() == std::byte{'!'})
            return fail(Code::unsupported_media, "this is no video", "send another");
        bytes_ += static_cast<std::int64_t>(piece.size());
        digest_.update(piece);
        return {};
    }

    Result<Reply<UploadView>> finish(const UploadFields& fields) override {
        finished_ = true;
        return Reply<UploadView>{.view = {.filename = filename_,
                                          .bytes = bytes_,
                                          .sha256 = digest_.finish(),
                                          .description = fields.description},
                                 .status = Status::created};
    }

  private:
    std::string filename_;
    Services& services_;
    Sha256 digest_;
    std::int64_t bytes_ = 0;
    bool finished_ = false;
};

Result<std::unique_ptr<FileSink<UploadFields, UploadView>>> open_upload(const UploadHead& head,
                                                                        Services& services) {
    if (head.filename == "refused.mp4")
        return fail(Code::conflict, "this name is refused at once");
    return std::make_unique<Hashing>(head.filename, services);
}

}  // namespace

Rules rules_of(const CreateItem*) {
    return {rule("id", "Which").at_least(1),
            rule("rate", "How fast").above(0),
            rule("size", "How big").optional().above(0).at_most(100),
            rule("colour", "Of the item").optional(),
            rule("shown", "Whether it is to be seen").optional(),
            rule("description", "For people").optional().length_at_most(5)};
}

Rules rules_of(const ListItems*) {
    return {rule("skip", "How many to leave out").optional().at_least(0),
            rule("limit", "How many at most").optional().at_least(1).at_most(100),
            rule("tag", "What they carry").optional()};
}

Rules rules_of(const UploadFields*) {
    return {rule("description", "For people").optional().length_at_most(512)};
}

void Services::abandoned() {
    const std::lock_guard lock(mutex_);
    ++abandoned_;
    changed_.notify_all();
}

void Services::wait_for_abandoned(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return abandoned_ >= count; });
}

void Services::publish(std::string data) {
    const std::lock_guard lock(mutex_);
    events_.push_back({.id = std::to_string(events_.size() + 1), .name = "item", .data = std::move(data)});
}

std::vector<Event> Services::events_after(std::size_t seen) {
    const std::lock_guard lock(mutex_);
    return {events_.begin() + static_cast<std::ptrdiff_t>(seen), events_.end()};
}

void Services::block() {
    std::unique_lock lock(mutex_);
    ++blocked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
}

void Services::wait_for_blocked(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return blocked_ >= count; });
}

void Services::release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
}

std::vector<Route> routes(Services& services) {
    const auto told = [](const char* summary) { return Documentation{.summary = summary, .tag = "items"}; };
    return {
        route(Method::get, "/items/", list_items, services,
              {.summary = "The items", .tag = "items", .headers = {"X-Total-Count"}}),
        route(Method::post, "/items/", create_item, services,
              {.summary = "A new item", .tag = "items", .success = Status::created}),
        route(Method::get, "/items/{item_id}/", find_item, services,
              {.summary = "One item", .tag = "items", .errors = {Code::not_found}}),
        route(Method::get, "/items/quick/{item_id}/", find_item, services,
              {.summary = "One item at once",
               .tag = "items",
               .errors = {Code::not_found},
               .runs = Runs::at_once}),
        route(Method::remove, "/items/{item_id}/", remove_item, services,
              {.summary = "Remove one", .tag = "items", .success = Status::no_content}),
        route(Method::get, "/throw/", throw_error, services, told("Throws")),
        route(Method::get, "/outage/", meet_outage, services, told("Meets an outage")),
        route(Method::get, "/inside/", fail_inside, services, told("Fails inside")),
        route(Method::get, "/file/", send_file, services,
              {.summary = "A file",
               .tag = "files",
               .also = {Status::partial_content, Status::not_modified},
               .media_type = "video/mp4"}),
        route(Method::get, "/count/", count, services, told("Counts")),
        route(Method::get, "/break/", break_off, services, told("Breaks off")),
        route(Method::get, "/items/events/", watch_events, services, told("Events")),
        route(Method::get, "/late/", wait_for_event, services, told("Waits")),
        route(Method::get, "/block/", block, services, told("Blocks")),
        route(Method::get, "/open/", do_nothing, services,
              {.summary = "Open to all",
               .tag = "items",
               .success = Status::no_content,
               .access = Access::open}),
        upload_route(
            "/uploads/", open_upload, services, upload_bytes_max,
            {.summary = "Upload", .tag = "files", .success = Status::created, .errors = {Code::malformed}}),
    };
}

namespace {

ApplicationOptions with_outage(ApplicationOptions options) {
    options.is_outage = [](const std::exception& exception) {
        return dynamic_cast<const Outage*>(&exception) != nullptr;
    };
    return options;
}

}  // namespace

Api::Api(ApplicationOptions options, Log& log)
    : application(routes(services), with_outage(std::move(options)), log, metrics, clock, random) {}

Response respond(Api& api, Request request) {
    if (!request.headers.find("Host"))
        request.headers.add("Host", "localhost");
    api.application.begin(request);
    auto admission = api.application.admit(request, "127.0.0.1");
    auto response =
        admission.answer ? *std::move(admission.answer) : api.application.answer(*admission.route, request);
    api.application.complete(request, response);
    api.application.record(request, {.route = admission.route, .status = response.status});
    return response;
}

std::string body_of(const Response& response) {
    if (const auto* text = std::get_if<std::string>(&response.body))
        return *text;
    if (const auto* part = std::get_if<SourceBody>(&response.body)) {
        std::string text(static_cast<std::size_t>(part->size), '\0');
        (void)read_exactly(*part->source, part->offset, std::as_writable_bytes(std::span(text)),
                           Code::internal);
        return text;
    }
    return {};
}

}  // namespace posed::api::sample
