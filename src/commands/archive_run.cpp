#include "commands/archive_run.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/config.h"
#include "base/descriptor.h"
#include "base/spawn.h"
#include "estimation/weights_tools.h"
#include "media/sandbox/child.h"
#include "media/sandbox/confinement.h"

namespace posed::commands {
namespace {

enum class Outcome : std::uint32_t { none, numbers, words };

/// What lies in the memory that both processes see: the numbers, or words why there are none. Filled by
/// somebody who may have been taken over: nothing in it is believed.
struct Results {
    Outcome outcome = Outcome::none;
    std::uint64_t size = 0;
    std::array<char, 1 << 20> bytes{};  ///< twice what a body of the published size needs
};

/// A view of that memory, until the end of the process or of this object.
class SharedResults {
  public:
    [[nodiscard]] static Result<SharedResults> map(const Descriptor& memory) {
        void* address =
            ::mmap(nullptr, sizeof(Results), PROT_READ | PROT_WRITE, MAP_SHARED, memory.number(), 0);
        if (address == MAP_FAILED)
            return system_error(errno, "memory for an archive's results");
        return SharedResults(static_cast<Results*>(address));
    }
    SharedResults(SharedResults&& other) noexcept : results_(std::exchange(other.results_, nullptr)) {}
    SharedResults& operator=(SharedResults&&) = delete;
    ~SharedResults() {
        if (results_ != nullptr)
            ::munmap(results_, sizeof(Results));
    }
    [[nodiscard]] Results& operator*() const noexcept { return *results_; }

  private:
    explicit SharedResults(Results* results) noexcept : results_(results) {}

    Results* results_;
};

constexpr std::chrono::seconds patience{300};

Result<Descriptor> shared_memory() {
    Descriptor memory(::memfd_create("results", MFD_CLOEXEC));
    if (!memory.is_open() || ::ftruncate(memory.number(), sizeof(Results)) != 0)
        return system_error(errno, "memory for an archive's results");
    return memory;
}

/// False when the time is over: then it is killed by its owner.
bool has_ended(pid_t process) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
        siginfo_t info{};
        if (::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid == process)
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

std::variant<std::vector<float>, NotRun> outcome_in(const Results& results, const std::string& how_it_ended) {
    const auto& [outcome, size, bytes] = results;
    if (size > bytes.size() || outcome == Outcome::none)
        return NotRun{"the process that ran it " + how_it_ended};
    if (outcome == Outcome::words)
        return NotRun{std::string(bytes.data(), size)};
    std::vector<float> numbers(size / sizeof(float));
    std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
    return numbers;
}

void write_outcome(Results& results, Outcome outcome, std::span<const char> bytes) {
    results.size = std::min(bytes.size(), results.bytes.size());
    std::memcpy(results.bytes.data(), bytes.data(), results.size);
    results.outcome = outcome;
}

}  // namespace

Result<std::variant<std::vector<float>, NotRun>> run_shut_in(const std::filesystem::path& archive,
                                                             const std::filesystem::path& module_directory) {
    const Descriptor file(::open(archive.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open())
        return system_error(errno, archive.string());
    const auto memory = TRY(shared_memory());
    const auto id =
        TRY(spawn({.arguments = {surroundings_of_this_process().program.string(), "weights", "run-archive",
                                 module_directory.string(), std::to_string(::getpid())},
                   .descriptors = {&file, &memory},
                   .silent = true}));
    media::sandbox::Process process(id);
    const bool in_time = has_ended(id);
    const auto how = process.end();
    if (!in_time)
        return NotRun{"it did not end within " + std::to_string(patience.count()) + " s"};
    const auto results = TRY(SharedResults::map(memory));
    return outcome_in(*results, how);
}

Result<> run_archive_here(const std::filesystem::path& module_directory, int parent) {
    const Descriptor archive(media::sandbox::child_socket), memory(media::sandbox::child_memory);
    auto* const tools = TRY(estimation::load_weights_tools(module_directory));
    const auto results = TRY(SharedResults::map(memory));
    tools->prepare();
    const auto layers = media::sandbox::confine(parent);
    const auto ran = layers ? tools->run_archive(archive) : Result<std::vector<float>>(layers.error());
    if (ran) {
        const auto bytes = std::as_bytes(std::span(*ran));
        write_outcome(*results, Outcome::numbers,
                      {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    } else {
        write_outcome(*results, Outcome::words, ran.error().message);
    }
    ::_exit(EXIT_SUCCESS);  // what libtorch would tidy up is forbidden here
}

}  // namespace posed::commands
