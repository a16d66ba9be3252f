#include "media/sandbox/parent.h"

#include <algorithm>
#include <utility>

namespace posed::media::sandbox {

void Parent::tell(const FromChild& message) {
    const auto packet = encode(message);
    const std::lock_guard lock(sending_);
    // A parent that is gone is noticed where its next order is awaited.
    static_cast<void>(channel_.send(packet, {}));
}

void Parent::write(Level level, std::string_view message, Fields) {
    tell(LogLine{level, std::string(message)});
}

std::optional<ToChild> Parent::receive() {
    if (channel_.receive(message_, {}) != Transfer::done)
        return std::nullopt;
    return decode_to_child(message_);
}

std::optional<ToChild> Parent::next_order() {
    if (orders_.empty())
        return receive();
    auto order = std::move(orders_.front());
    orders_.pop_front();
    return order;
}

Result<std::vector<std::byte>> Parent::read_file(std::uint64_t offset, std::uint32_t length) {
    constexpr std::size_t most_orders = 64;
    tell(ReadFile{offset, length});
    while (auto answer = receive()) {
        if (auto* file = std::get_if<FileBytes>(&*answer); file != nullptr && file->bytes.size() <= length)
            return std::move(file->bytes);
        if (auto* failed = std::get_if<ReadFailed>(&*answer))
            return std::move(failed->error);
        if (orders_.size() == most_orders)
            break;
        orders_.push_back(*std::move(answer));
    }
    return fail(Code::internal, "the parent of the decoder process is gone");
}

Result<std::size_t> ParentsFile::read_at(std::uint64_t offset, std::span<std::byte> buffer) {
    std::size_t done = 0;
    while (done < buffer.size() && offset + done < size_) {
        const auto wanted = std::min(buffer.size() - done, read_bytes_max);
        const auto bytes = TRY(parent_.read_file(offset + done, static_cast<std::uint32_t>(wanted)));
        std::ranges::copy(bytes, buffer.begin() + static_cast<std::ptrdiff_t>(done));
        done += bytes.size();
        if (bytes.size() < wanted)
            break;
    }
    return done;
}

}  // namespace posed::media::sandbox
