#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "results/archive.h"

/// Archives for tests: made-up numbers, every one different, so that a mix-up of rows or tensors shows.
namespace posed::results {

/// Key points are named point_0 ...; the camera's numbers have no short decimal form.
[[nodiscard]] ArchiveHeader sample_header(int keypoints);

[[nodiscard]] PersonFrame sample_person(std::int32_t track, std::int64_t seed, int keypoints);

/// `people[t]` people in frame t, 40 ms apart.
[[nodiscard]] std::vector<ArchivedFrame> sample_frames(const std::vector<int>& people, int keypoints);

/// Throws what goes wrong.
ArchiveCounts write_archive(const std::filesystem::path& path, const ArchiveHeader& header,
                            const std::vector<ArchivedFrame>& frames, const LostFrames& lost = {});

/// The same without a file that stays.
[[nodiscard]] std::string archive_bytes(const ArchiveHeader& header, const std::vector<ArchivedFrame>& frames,
                                        const LostFrames& lost = {});

[[nodiscard]] std::string content_of(const std::filesystem::path& path);

/// The number of entries of a folder, hidden ones included.
[[nodiscard]] std::size_t entries_in(const std::filesystem::path& folder);

/// An archive in memory together with its reader.
struct OpenArchive {
    explicit OpenArchive(std::string content);

    std::string bytes;
    std::unique_ptr<ByteSource> source;
    Result<std::unique_ptr<ArchiveReader>> reader;
};

/// Equal to the last bit; NaN equals NaN.
[[nodiscard]] bool same(const std::vector<ArchivedFrame>& a, const std::vector<ArchivedFrame>& b);

}  // namespace posed::results
