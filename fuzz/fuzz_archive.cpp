// Whatever opens as an archive must be readable whole, frame by frame and by every export; whatever does not
// must say that it is corrupt.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <span>
#include <sstream>
#include <streambuf>
#include <vector>

#include "results/archive.h"
#include "results/export.h"

namespace posed::results {
namespace {

/// What opens has been checked as a whole, so nothing may fail afterwards.
void require(bool condition, const char* what) {
    if (!condition) {
        std::cerr << "an archive that opens fails later: " << what << "\n";
        std::abort();
    }
}

/// A stream that forgets.
class Nowhere final : public std::streambuf {
    std::streamsize xsputn(const char*, std::streamsize count) override { return count; }
    int_type overflow(int_type character) override { return traits_type::not_eof(character); }
};

void read_everything(ArchiveReader& reader) {
    const auto& counts = reader.counts();
    const auto whole = reader.read(0, counts.frames);
    require(whole.has_value(), "read of the whole");
    std::int64_t people = 0, frames_with_somebody = 0;
    for (std::int64_t frame = 0; frame < counts.frames; ++frame) {
        const auto one = reader.read(frame, 1);
        require(one.has_value() && one->size() == 1, "read of one frame");
        const auto& same = (*whole)[static_cast<std::size_t>(frame)];
        require(one->front().time == same.time, "times differ");
        require(std::ranges::equal(one->front().people, same.people, {}, &PersonFrame::track_id,
                                   &PersonFrame::track_id),
                "tracks differ");
        people += static_cast<std::int64_t>(same.people.size());
        frames_with_somebody += same.people.empty() ? 0 : 1;
    }
    require(people == counts.person_frames, "people do not add up");
    const auto presence = reader.presence();
    require(presence && presence->frames_with_somebody == frames_with_somebody, "presence");
}

void export_everything(ArchiveReader& reader) {
    Nowhere nowhere;
    std::ostream stream(&nowhere);
    const auto frames = reader.counts().frames;
    require(write_summary(stream, reader).has_value(), "summary");
    require(write_poses(stream, reader, {0, frames}, PoseFormat::json).has_value(), "JSON");
    require(write_poses(stream, reader, {0, frames}, PoseFormat::csv).has_value(), "CSV");
}

}  // namespace
}  // namespace posed::results

/// Of libFuzzer; weak, because the program that replays the corpus has it not.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                              std::size_t max_size);

/// Changes the header or the data and keeps the length in front true, without which no mutant gets far.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
    constexpr std::size_t prefix = 8;
    std::uint64_t length = 0;
    if (size > prefix)
        std::memcpy(&length, data, prefix);
    if (length == 0 || length > size - prefix || seed % 16 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    const auto header_size = static_cast<std::size_t>(length);
    const auto rest = size - prefix - header_size;
    if (seed % 4 == 0 && max_size > prefix + header_size)
        return prefix + header_size +
               LLVMFuzzerMutate(data + prefix + header_size, rest, max_size - prefix - header_size);
    std::vector<std::uint8_t> text(max_size - prefix - rest);
    std::copy_n(data + prefix, header_size, text.begin());
    length = LLVMFuzzerMutate(text.data(), header_size, text.size());
    std::memmove(data + prefix + length, data + prefix + header_size, rest);
    std::copy_n(text.begin(), length, data + prefix);
    std::memcpy(data, &length, prefix);
    return prefix + static_cast<std::size_t>(length) + rest;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posed::results;
    const auto source = posed::view_bytes(std::as_bytes(std::span(data, size)));
    const auto reader = open_archive(*source);
    if (reader.has_error()) {
        require(reader.error().code == posed::Code::corrupt_archive, "another code than corrupt_archive");
        return 0;
    }
    read_everything(**reader);
    export_everything(**reader);
    return 0;
}
