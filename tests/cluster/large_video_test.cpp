// A video that is too large to be fetched or held whole goes through an S3 server.

#include <cstdlib>
#include <iostream>
#include <string>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/support/faulty_proxy.h"
#include "tests/support/process_tree.h"
#include "tests/support/s3_server.h"

namespace posed::tests {
namespace {

constexpr double megabyte = 1e6;

/// Noise, some 12 MB a second; what says where its frames are stands behind them.
std::filesystem::path large_clip(const std::filesystem::path& folder, double megabytes) {
    const auto piece = folder / "piece.mp4", clip = folder / "large.mp4";
    const auto made = run({"ffmpeg",
                           "-v",
                           "error",
                           "-f",
                           "lavfi",
                           "-i",
                           "testsrc2=size=1280x720:rate=24:duration=4,noise=alls=60:allf=t",
                           "-c:v",
                           "libx264",
                           "-preset",
                           "ultrafast",
                           "-b:v",
                           "100M",
                           "-maxrate",
                           "100M",
                           "-bufsize",
                           "100M",
                           "-g",
                           "24",
                           "-pix_fmt",
                           "yuv420p",
                           piece});
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    const auto times =
        static_cast<int>(megabytes * megabyte / static_cast<double>(std::filesystem::file_size(piece)) - 0.5);
    const auto repeated = run(
        {"ffmpeg", "-v", "error", "-stream_loop", std::to_string(times), "-i", piece, "-c", "copy", clip});
    EXPECT_EQ(repeated.exit_code, 0) << repeated.errors;
    return clip;
}

double peak_megabytes(pid_t process) {
    const auto status = content_of("/proc/" + std::to_string(process) + "/status");
    const std::string field = "VmHWM:";
    return std::atof(status.c_str() + status.find(field) + field.size()) / 1000;
}

double seconds_of(const Finished& command) {
    EXPECT_EQ(command.exit_code, 0) << command.errors;
    return command.seconds;
}

class LargeVideo : public testing::Test {
  protected:
    void SetUp() override { POSED_NEEDS_S3(); }

    std::vector<std::string> settings() {
        return {// The address sanitizer keeps what is freed, which is not the service's memory.
                "ASAN_OPTIONS=quarantine_size_mb=1:intercept_tls_get_addr=0",
                "POSED_STORE_URL=" + proxy.url() + "/" + s3.make_bucket(),
                std::string("POSED_S3_ACCESS_KEY=") + S3Server::access_key,
                std::string("POSED_S3_SECRET_KEY=") + S3Server::secret_key, "POSED_MAX_UPLOAD_BYTES=8GiB"};
    }

    const bool is_long = long_faults_wanted();
    TemporaryFolder folder;
    S3Server s3{(is_long ? std::uint64_t{6} : std::uint64_t{1}) << 30U};
    FaultyProxy proxy{s3.port()};
};

TEST_F(LargeVideo, IsReadWhereItIsNeededAtBoundedMemory) {
    const auto clip = large_clip(folder.path(), is_long ? 4000 : 200);
    const auto size = static_cast<double>(std::filesystem::file_size(clip));
    RunningService service({.settings = settings()});
    const ServiceClient client(service.port());
    const auto server_at_first = peak_megabytes(service.process(Part::server));
    const auto worker_at_first = peak_megabytes(service.process(Part::inference_worker));
    const auto sent = run({"curl", "-sS", "--fail", "-F", "file=@" + clip.string() + ";type=video/mp4",
                           service.url() + "/videos/ingest/"});
    const auto sending = seconds_of(sent);
    const auto video = boost::json::parse(sent.output);
    const auto id = number(video, "id");

    const auto before = proxy.bytes_answered("GET ");
    const auto duration = video.at("duration_seconds").to_number<double>();
    const auto estimation = client.estimated({.video = id, .start_seconds = duration - 3, .fps = 4});
    const auto read = static_cast<double>(proxy.bytes_answered("GET ") - before);

    const auto address = service.url() + "/videos/download/" + std::to_string(id) + "/";
    const auto part = folder.path() / "part";
    const auto middle = std::to_string(static_cast<std::uint64_t>(size / 2));
    EXPECT_EQ(run({"curl", "-sS", "--fail", "-r",
                   middle + "-" + std::to_string(static_cast<std::uint64_t>(size / 2) + 9'999'999), "-o",
                   part, address})
                  .exit_code,
              0);
    const auto bytes = run({"cmp", "-n", "10000000", "-i", "0:" + middle, part, clip});
    EXPECT_EQ(bytes.exit_code, 0) << bytes.output;
    const auto receiving = seconds_of(run({"curl", "-sS", "--fail", "-o", folder.path() / "whole", address}));
    EXPECT_EQ(run({"cmp", folder.path() / "whole", clip}).exit_code, 0);

    const auto server = peak_megabytes(service.process(Part::server));
    const auto worker = peak_megabytes(service.process(Part::inference_worker));
    std::cout << size / megabyte << " MB, " << duration << " s: sent in " << sending << " s ("
              << size / megabyte / sending << " MB/s), received in " << receiving
              << " s; for the estimation of a second near its end the S3 server answered " << read / megabyte
              << " MB; memory at first and at most: server " << server_at_first << " and " << server
              << " MB, worker " << worker_at_first << " and " << worker << " MB; estimation " << estimation
              << '\n';
    EXPECT_LT(read, 3 * size / duration + 16 * megabyte) << "the second, its neighbours, the index";
    EXPECT_LT(server - server_at_first, 64);
    EXPECT_LT(worker - worker_at_first, 100);
    EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace posed::tests
