// Files that are damaged, lying or no videos at all, as a client of the service meets it.

#include <filesystem>
#include <iostream>
#include <string>

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/service/tidiness.h"

namespace posed::tests {
namespace {

std::filesystem::path bad(const std::string& name) {
    return shared_data() / "footage/bad" / name;
}

struct Refusal {
    std::string file;
    int status;
    std::string code;
    std::string measured;  ///< stands in the detail
};

/// A problem document (RFC 9457) that names what was measured and what to do.
void expect_problem(const ServiceClient::Answer& answer, const Refusal& refusal) {
    SCOPED_TRACE(refusal.file + ": " + answer.body);
    ASSERT_EQ(answer.status, refusal.status);
    EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
    const auto problem = json_of(answer);
    EXPECT_EQ(text(problem, "code"), refusal.code);
    EXPECT_EQ(number(problem, "status"), refusal.status);
    EXPECT_NE(text(problem, "detail").find(refusal.measured), std::string::npos);
    EXPECT_TRUE(problem.as_object().contains("suggestion") && !text(problem, "suggestion").empty());
}

TEST(BadUploads, AreRefusedWithWhatWasMeasuredAndLeaveNothing) {
    POSED_NEEDS(bad("zero_bytes.mp4"));
    const std::vector<Refusal> refusals = {
        {"zero_bytes.mp4", 400, "malformed", "empty"},
        {"text_renamed.mp4", 415, "unsupported_media", "is text"},
        {"no_signature.txt", 415, "unsupported_media", "is text"},
        {"zip_renamed.mp4", 415, "unsupported_media", "ZIP"},
        {"jpeg_renamed.mp4", 415, "unsupported_media", "JPEG"},
        {"random_bytes.mp4", 415, "unsupported_media", "unknown content"},
        {"ftyp_box_only.mp4", 422, "corrupt_media", "32"},
        {"truncated_index_at_end.mp4", 422, "corrupt_media", "moov"},
        {"index_without_data.mp4", 422, "corrupt_media", "frame"},
        {"audio_only.mp4", 422, "no_video_stream", "video"},
        {"decompression_bomb_16000x16000.mp4", 413, "limit_exceeded", "16000x16000"},
    };
    RunningService service;
    const ServiceClient client(service.port());
    for (const auto& refusal : refusals)
        expect_problem(client.upload(bytes_of(bad(refusal.file)), "filename=" + refusal.file), refusal);
    EXPECT_EQ(client.count("/videos/"), 0U);
    std::cout << "refused " << refusals.size() << " files\n";
    expect_tidy(service);
}

struct Survival {
    std::string file;
    std::int64_t frames;
    std::int64_t lost_at_least;
    std::int64_t tolerance = 0;
};

/// The whole file at the rate that its frames have.
EstimationWanted all_of(const boost::json::value& video) {
    return {.video = number(video, "id"),
            .duration_seconds = 100,
            .fps = video.at_pointer("/fps").to_number<double>()};
}

TEST(BadUploads, ThatHaveFramesAreEstimatedAndRenderedAndTheirLossesReported) {
    POSED_NEEDS(bad("zero_bytes.mp4"));
    const std::vector<Survival> survivals = {{"webm_renamed.mp4", 60, 0},
                                             {"absurd_dimensions_header.mp4", 72, 0},
                                             {"lying_duration.mp4", 72, 0},
                                             {"one_frame.mp4", 1, 0},
                                             {"corrupted_middle.mp4", 66, 1, 6},
                                             {"truncated_index_at_start.mp4", 13, 1, 1},
                                             {"unusual_odd_size_641x361_yuv444.mp4", 24, 0},
                                             {"unusual_tiny_32x18.mp4", 24, 0}};
    RunningService service;
    const ServiceClient client(service.port());
    for (const auto& [file, frames, lost_at_least, tolerance] : survivals) {
        SCOPED_TRACE(file);
        const auto uploaded = client.upload(bytes_of(bad(file)), "filename=" + file);
        ASSERT_EQ(uploaded.status, 201) << uploaded.body;
        const auto id = client.estimated(all_of(json_of(uploaded)));
        const auto estimation = json_of(client.get("/estimations/" + std::to_string(id) + "/"));
        EXPECT_NEAR(static_cast<double>(number(estimation, "frame_count")), static_cast<double>(frames),
                    static_cast<double>(tolerance));
        const auto lost = number(estimation, "lost_frame_count");
        EXPECT_GE(lost, lost_at_least);
        EXPECT_EQ(lost > 0, lost_at_least > 0);
        client.wait_for(client.submitted(RenderingWanted{.estimation = id}), "SUCCESS");
        std::cout << file << ": " << number(estimation, "frame_count") << " frames, " << lost << " lost\n";
    }
    EXPECT_EQ(client.count("/visualizations/"), survivals.size());
    expect_tidy(service);
}

}  // namespace
}  // namespace posed::tests
