#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/byte_source.h"
#include "base/config.h"
#include "commands/clips_display.h"
#include "commands/command.h"
#include "commands/drawing_options.h"
#include "commands/interruption.h"
#include "commands/options.h"
#include "commands/people_options.h"
#include "commands/service_client.h"
#include "commands/window_options.h"
#include "media/encoder.h"
#include "pipeline/estimate_video.h"
#include "pipeline/render_video.h"

namespace posed::commands {
namespace {

namespace json = boost::json;

/// Enough to keep the service's slots filled while some are still uploading.
constexpr std::size_t clips_at_once = 8;

constexpr double usual_fps = 30;  ///< of a video whose file does not say it

struct SubmitArguments : WindowOptions, PeopleOptions {
    std::vector<std::string> clips;
    std::optional<std::string> server, token;
    std::string folder = ".";
    std::optional<std::string> estimator;
    bool render = true;
    pipeline::RenderOptions drawing;
    int timeout = 600;
    std::string command_line;  ///< what goes on after an interruption
};

/// A clip, and where its results go.
struct Clip {
    std::filesystem::path input;
    std::filesystem::path archive;
    std::filesystem::path video;
};

bool is_same_file(const std::filesystem::path& one, const std::filesystem::path& other) {
    std::error_code none_there;
    return std::filesystem::equivalent(one, other, none_there);
}

/// NAME.mp4, or NAME.posed.mp4 where that would replace the clip.
std::filesystem::path video_beside(const std::filesystem::path& input, const std::filesystem::path& stem) {
    auto video = stem.string() + ".mp4";
    return is_same_file(video, input) ? stem.string() + ".posed.mp4" : video;
}

Result<std::vector<Clip>> plan(const SubmitArguments& arguments) {
    std::vector<Clip> clips;
    for (const std::filesystem::path input : arguments.clips) {
        TRY(open_file(input));
        const auto stem = (std::filesystem::path(arguments.folder) / input.stem()).lexically_normal();
        Clip clip{
            .input = input, .archive = stem.string() + ".safetensors", .video = video_beside(input, stem)};
        for (const auto& other : clips) {
            if (other.archive == clip.archive)
                return fail(Code::invalid_argument,
                            fmt::format("the results of {} and {} would have the same names",
                                        other.input.string(), input.string()),
                            "submit one of them into another folder, with --out");
        }
        if (is_same_file(clip.archive, input))
            return fail(Code::invalid_argument, input.string() + " would be replaced by its own result",
                        "name another folder with --out");
        clips.push_back(std::move(clip));
    }
    return clips;
}

Result<> make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return system_error(error.value(), folder.string());
    return {};
}

/// What the configuration says of the service on this machine, unless the command line names another.
Result<ServiceAddress> address_of(const SubmitArguments& arguments) {
    Variables flags;
    if (arguments.token)
        flags["POSED_API_TOKEN"] = *arguments.token;
    const auto config = TRY(read_service_config(TRY(config_sources_of_this_process(std::move(flags)))));
    const bool is_any = config.host == "0.0.0.0" || config.host == "::";
    const auto host = is_any ? "127.0.0.1" : config.host;
    const auto here =
        fmt::format(fmt::runtime(host.find(':') == std::string::npos ? "http://{}:{}" : "http://[{}]:{}"),
                    host, config.port);
    return parse_service_address(arguments.server.value_or(here), config.api_token);
}

/// The service takes six decimals. Rounded up, because at a rate below the video's own a frame would be left
/// out.
double rate_in_request(double rate) {
    constexpr double decimals = 1e6;
    constexpr double rounding_error = 1e-3;
    return std::ceil(rate * decimals - rounding_error) / decimals;
}

/// As `posed estimate` does: every frame, to the end, in a box that fits the picture's orientation.
json::object estimation_request(const RemoteVideo& video, const SubmitArguments& arguments,
                                double longest_seconds) {
    const auto box = arguments.width ? Size{*arguments.width, *arguments.height}
                                     : pipeline::default_frame_box(video.displayed);
    const auto length = video.duration_seconds.value_or(longest_seconds);
    const auto to_the_end = length > arguments.start ? length - arguments.start : length;
    json::object request{
        {"video_id", video.id},
        {"target_width", box.width},
        {"target_height", box.height},
        {"target_fps", rate_in_request(arguments.rate ? parse_rate(*arguments.rate).value().value()
                                                      : video.fps.value_or(usual_fps))},
        {"skip_start_seconds", arguments.start},
        {"duration_seconds", arguments.duration.value_or(std::min(to_the_end, longest_seconds))}};
    if (arguments.estimator)
        request["estimator"] = *arguments.estimator;
    if (arguments.people == People::all)
        request["people"] = "all";
    if (arguments.mesh)
        request["include_mesh"] = true;
    return request;
}

json::object visualization_request(std::int64_t estimation, const SubmitArguments& arguments) {
    const auto& drawing = arguments.drawing;
    json::object request{{"estimation_id", estimation},
                         {"show_bbox", drawing.overlay.bbox},
                         {"show_bbox_confidence", drawing.overlay.bbox_confidence},
                         {"show_keypoints", drawing.overlay.keypoints},
                         {"show_skeleton", drawing.overlay.skeleton},
                         {"crf", drawing.crf},
                         {"preset", media::name_of(drawing.preset)}};
    if (arguments.mesh)
        request["show_mesh"] = true;
    return request;
}

/// The whole way of a clip.
Result<> submit(const Clip& clip, const SubmitArguments& arguments, ServiceClient& service) {
    const auto longest_seconds = TRY(service.longest_seconds());
    const auto video = TRY(service.upload(clip.input));
    const auto estimate =
        TRY(service.submit("/estimations/submit/", estimation_request(video, arguments, longest_seconds)));
    const auto estimation = TRY(service.result_of(estimate));
    TRY(service.download(fmt::format("/estimations/download/{}/", estimation), clip.archive));
    if (!arguments.render)
        return {};
    const auto draw =
        TRY(service.submit("/visualizations/submit/", visualization_request(estimation, arguments)));
    const auto visualization = TRY(service.result_of(draw));
    return service.download(fmt::format("/visualizations/download/{}/", visualization), clip.video);
}

/// All clips, a few at the same time. Tells of each as soon as it is done.
class Submission {
  public:
    Submission(std::vector<Clip> clips, ServiceAddress address, const SubmitArguments& arguments)
        : clips_(std::move(clips)),
          address_(std::move(address)),
          arguments_(arguments),
          display_(names_of(clips_)),
          errors_(clips_.size()) {}

    void run(const std::stop_token& stop) {
        std::atomic<std::size_t> next = 0;
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < std::min(clips_at_once, clips_.size()); ++i) {
            threads.emplace_back([&] {
                for (auto clip = next++; clip < clips_.size() && !stop.stop_requested(); clip = next++)
                    submit_one(clip, stop);
            });
        }
    }

    /// Nothing when all is done. A single clip's own error, else one that counts: the machine's fault goes
    /// before the caller's.
    [[nodiscard]] Result<> outcome() const {
        std::optional<Error> worst;
        std::ptrdiff_t failed = 0;
        for (const auto& error : errors_) {
            if (!error)
                continue;
            ++failed;
            if (!worst || exit_code_of(error->code) < exit_code_of(worst->code))
                worst = error;
        }
        if (!worst)
            return {};
        if (clips_.size() == 1)
            return *worst;
        return fail(worst->code,
                    fmt::format("{} of {} clips failed: {}", failed, clips_.size(), worst->message),
                    worst->suggestion);
    }

  private:
    static std::vector<std::string> names_of(const std::vector<Clip>& clips) {
        std::vector<std::string> names;
        for (const auto& clip : clips)
            names.push_back(clip.input.filename().string());
        return names;
    }

    void submit_one(std::size_t number, const std::stop_token& stop) {
        ServiceClient service(address_, {.away_max = std::chrono::seconds(arguments_.timeout)}, stop,
                              ever_answered_, [&](std::string_view activity, const auto& progress) {
                                  display_.show(number, activity, progress);
                              });
        const auto done = submit(clips_[number], arguments_, service);
        if (done.has_error()) {
            errors_[number] = done.error();
            tell_failure(number, done.error());
        } else {
            tell_success(number);
        }
    }

    void tell_success(std::size_t number) {
        const auto& clip = clips_[number];
        json::object details{{"event", "done"}, {"archive", clip.archive.string()}};
        auto paths = clip.archive.string() + '\n';
        if (arguments_.render) {
            details["video"] = clip.video.string();
            paths += clip.video.string() + '\n';
        }
        display_.finish(number, clip.input.string() + ": done", details, paths);
    }

    /// A single clip's error is said at the end, and so is an interruption.
    void tell_failure(std::size_t number, const Error& error) {
        if (clips_.size() == 1 || error.code == Code::cancelled)
            return;
        display_.finish(number, fmt::format("{}: {}", clips_[number].input.string(), error.message),
                        {{"event", "failed"}, {"code", name_of(error.code)}, {"detail", error.message}});
    }

    std::vector<Clip> clips_;
    ServiceAddress address_;
    const SubmitArguments& arguments_;
    ClipsDisplay display_;
    std::vector<std::optional<Error>> errors_;  ///< of the clip with the same index
    std::atomic<bool> ever_answered_ = false;
};

Result<> check(const SubmitArguments& arguments) {
    TRY(parse_seconds("--start", arguments.start));
    if (arguments.duration)
        TRY(parse_seconds("--duration", *arguments.duration));
    if (arguments.rate)
        TRY(parse_rate(*arguments.rate));
    return {};
}

Result<> submit_clips(const SubmitArguments& arguments) {
    TRY(check(arguments));
    auto clips = TRY(plan(arguments));
    auto address = TRY(address_of(arguments));
    TRY(make_folder(arguments.folder));
    const Interruption interruption;
    Submission submission(std::move(clips), std::move(address), arguments);
    submission.run(interruption.token());
    if (interruption.token().stop_requested())
        return fail(Code::cancelled,
                    "interrupted; the service goes on with what was submitted, and this command "
                    "waits for the results again: " +
                        arguments.command_line);
    return submission.outcome();
}

/// A word as a shell takes it.
std::string shell_word(const std::string& text) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:=,+@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos)
        return text;
    std::string word = "'";
    for (const char letter : text)
        word += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    return word + "'";
}

/// The command line as it was given, without the secret.
std::string command_line_of(const CLI::App& command) {
    std::string line = "posed " + command.get_name();
    for (const auto* option : command.get_options()) {
        if (option->get_single_name() == "token")
            continue;
        for (const auto& value : option->results())
            line += option->get_positional()
                        ? ' ' + shell_word(value)
                        : fmt::format(" --{}={}", option->get_single_name(), shell_word(value));
    }
    return line;
}

void add_service(CLI::App& command, SubmitArguments& arguments) {
    command
        .add_option("--server", arguments.server,
                    "Address of the service (default: http://127.0.0.1:8000, or what the configuration says)")
        ->type_name("URL");
    command.add_option("--token", arguments.token,
                       "What lets one in (default: POSED_API_TOKEN, which other users cannot read)");
    command
        .add_option("--timeout", arguments.timeout,
                    "Seconds for which the service may be away before this gives up")
        ->check(CLI::Range(0, 1'000'000))
        ->capture_default_str();
    command.add_option("-o,--out", arguments.folder, "Folder for the results")
        ->type_name("FOLDER")
        ->capture_default_str();
}

void add_window(CLI::App& command, SubmitArguments& arguments) {
    command.add_option("--estimator", arguments.estimator,
                       "Which network (default: the service's); /estimators/ lists them");
    add_window_options(command, arguments, "the video's average");
    add_people_options(command, arguments, "Store the body's surface as well, and draw it");
}

}  // namespace

void add_submit(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<SubmitArguments>();
    auto* command = program.add_subcommand(
        "submit", "Have a service estimate and render clips, and fetch NAME.safetensors and NAME.mp4");
    command->add_option("clips", arguments->clips, "The clips: mp4, mov, webm or mkv")
        ->required()
        ->type_name("FILE");
    add_service(*command, *arguments);
    add_window(*command, *arguments);
    command->add_flag("--render,!--no-render", arguments->render,
                      "Fetch an annotated video, too (default on)");
    add_drawing_options(*command, arguments->drawing);
    command->callback([arguments, command, &action] {
        arguments->command_line = command_line_of(*command);
        action.run = [arguments] { return submit_clips(*arguments); };
    });
}

}  // namespace posed::commands
