#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "media/opener.h"
#include "media/sandbox/conversation.h"

namespace posed::media::sandbox {

/// Opens every file in a child process of its own that has no file system, network or credentials: what a
/// file's author can make a decoder do costs that one file. A child that crashes, stalls or lies is killed,
/// and the call returns decoder_crashed: worth one more try, not many. Results are those of `in_process()`.
///
/// Starting a program takes longer than opening most clips, so a spare child always stands ready. Owned by
/// whoever puts the program together; thread-safe; must outlive what it opened.
class Sandbox final : public Opener {
  public:
    /// Starts the first child of `program` (posed-decoder) and waits until it has shut itself in. Errors:
    /// those of the system, and internal when a required layer is missing here.
    [[nodiscard]] static Result<std::unique_ptr<Sandbox>> open(std::filesystem::path program,
                                                               ChildPatience patience = {});

    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;
    ~Sandbox() override;

    /// The layers that hold the children in: no_new_privileges, limits, system_calls, and what else this
    /// machine allows (user, namespaces, landlock).
    [[nodiscard]] const std::vector<std::string>& layers() const noexcept { return layers_; }

    [[nodiscard]] Result<VideoInfo> probe(ByteSource& source, const MediaLimits& limits, Log& log) override;
    [[nodiscard]] Result<std::unique_ptr<Decoder>> open_decoder(ByteSource& source,
                                                                const DecodeOptions& options,
                                                                Log& log) override;
    [[nodiscard]] Result<std::unique_ptr<Sound>> open_sound(ByteSource& source, Microseconds start,
                                                            Log& log) override;

  private:
    /// A child that has said it is ready.
    struct Spare {
        Child child;
        std::vector<std::string> layers;
    };

    Sandbox(std::filesystem::path program, ChildPatience patience);

    void keep_a_spare(const std::stop_token& stop);
    [[nodiscard]] Result<Spare> start_spare();
    [[nodiscard]] Result<Spare> take_spare(const std::stop_token& stop);
    [[nodiscard]] Result<std::unique_ptr<Conversation>> converse(ByteSource& source, Log& log,
                                                                 std::stop_token stop = {});

    std::filesystem::path program_;
    ChildPatience patience_;
    std::vector<std::string> layers_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::optional<Result<Spare>> spare_;
    std::jthread keeper_;  ///< starts all children, because they die with the thread that started them
};

}  // namespace posed::media::sandbox
