#include <filesystem>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_service.h"
#include "base/digest.h"
#include "storage/filesystem_store.h"
#include "tests/support/synthetic_clip.h"

namespace posed::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class VideosApi : public ServiceSuite {
  protected:
    std::string clip = bytes_of(tests::synthetic_clip());

    static std::string bad(const std::string& name) {
        return bytes_of(tests::shared_data() / "footage/bad" / name);
    }
};

TEST_F(VideosApi, KeepsAnUploadedForm) {
    const auto answer = upload_form("T\xc3\xa4nzer 1.mp4", clip, "a clip");
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.header("Location"), "/videos/1/");
    const auto video = answer.json();
    EXPECT_EQ(video.at("id"), 1);
    EXPECT_EQ(video.at("width"), 540);
    EXPECT_EQ(video.at("height"), 720);
    EXPECT_EQ(video.at("fps"), 24);
    EXPECT_EQ(video.at("duration_seconds"), 4);
    EXPECT_EQ(video.at("frame_count"), 96);
    EXPECT_EQ(video.at("description"), "a clip");
    EXPECT_EQ(video.at("filename"), "T\xc3\xa4nzer 1.mp4");
    EXPECT_EQ(video.at("media_type"), "video/mp4");
    EXPECT_EQ(video.at("codec"), "h264");
    EXPECT_EQ(video.at("rotation"), 0);
    EXPECT_EQ(video.at("size_bytes"), clip.size());
    EXPECT_EQ(video.at("sha256"), boost::json::string(sha256_of(std::as_bytes(std::span(clip)))));
    EXPECT_EQ(video.at("created_at"), "2026-01-01T00:00:00.000000Z");
    EXPECT_EQ(get("/videos/1/").body, answer.body);
}

TEST_F(VideosApi, KeepsARawBodyAndKnowsItAgain) {
    const auto first = upload("/videos/ingest/?filename=a.mp4&description=raw", clip);
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(first.json().at("filename"), "a.mp4");
    EXPECT_EQ(first.json().at("description"), "raw");
    const auto again = upload("/videos/ingest/?filename=b.mp4", clip);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
}

TEST_F(VideosApi, RefusesUploadsWithTheReason) {
    EXPECT_EQ(upload("/videos/ingest/", "").status, 400);
    EXPECT_EQ(upload("/videos/ingest/", "").code(), "malformed");
    EXPECT_EQ(upload_form("a.mp4", "").status, 400);
    EXPECT_EQ(
        upload("/videos/ingest/", "no form", {{"Content-Type", "multipart/form-data; boundary=x"}}).status,
        400);
    EXPECT_EQ(upload("/videos/ingest/", std::string(600, 'x')).status, 415);
    const auto no_file = upload("/videos/ingest/",
                                "--x\r\nContent-Disposition: form-data; name=\"description\""
                                "\r\n\r\na\r\n--x--\r\n",
                                {{"Content-Type", "multipart/form-data; boundary=x"}});
    EXPECT_EQ(no_file.status, 422);
    EXPECT_THAT(no_file.wrong_fields(), ElementsAre("/file"));
    const auto wordy = upload_form("a.mp4", clip, std::string(513, 'x'));
    EXPECT_EQ(wordy.status, 422);
    EXPECT_THAT(wordy.wrong_fields(), ElementsAre("/description"));
    EXPECT_EQ(upload_form("a.mp4", clip, std::string(512, 'x')).status, 201);
}

TEST_F(VideosApi, RefusesWhatTheDecoderRefuses) {
    POSED_NEEDS(tests::shared_data() / "footage/bad/audio_only.mp4");
    EXPECT_EQ(upload("/videos/ingest/", bad("index_without_data.mp4")).status, 422);
    EXPECT_EQ(upload("/videos/ingest/", bad("audio_only.mp4")).code(), "no_video_stream");
    EXPECT_EQ(upload("/videos/ingest/", bad("decompression_bomb_16000x16000.mp4")).status, 413);
    EXPECT_EQ(get("/videos/").body, "[]");
}

TEST_F(VideosApi, RefusesWhatIsTooLarge) {
    config.max_upload_bytes = 1000;
    restart();
    EXPECT_EQ(upload("/videos/ingest/", clip).status, 413);
    EXPECT_EQ(upload("/videos/ingest/", clip).code(), "body_too_large");
}

TEST_F(VideosApi, SaysThatTheStoreIsFull) {
    objects =
        storage::open_filesystem_store({.folder = folder.path() / "small", .max_bytes = 1000}, clock).value();
    restart();
    EXPECT_EQ(upload("/videos/ingest/", clip).status, 507);
    EXPECT_EQ(upload("/videos/ingest/", clip).code(), "storage_full");
}

TEST_F(VideosApi, ListsInParts) {
    POSED_NEEDS(tests::shared_data() / "footage/bad/one_frame.mp4");
    (void)ingest_clip();
    ASSERT_EQ(upload("/videos/ingest/?filename=one.mp4", bad("one_frame.mp4")).status, 201);
    ASSERT_EQ(upload("/videos/ingest/?filename=tiny.mp4", bad("unusual_tiny_32x18.mp4")).status, 201);
    const auto middle = get("/videos/?skip=1&limit=1");
    EXPECT_EQ(middle.json().as_array().size(), 1U);
    EXPECT_EQ(middle.json().at(0).at("filename"), "one.mp4");
    EXPECT_EQ(middle.header("X-Total-Count"), "3");
    EXPECT_EQ(middle.header("Link"),
              "</videos/?skip=0&limit=1>; rel=\"first\", </videos/?skip=0&limit=1>; rel=\"prev\", "
              "</videos/?skip=2&limit=1>; rel=\"next\", </videos/?skip=2&limit=1>; rel=\"last\"");
    const auto found = get("/videos/?q=TINY&limit=1");
    EXPECT_EQ(found.json().at(0).at("filename"), "tiny.mp4");
    EXPECT_EQ(found.header("X-Total-Count"), "1");
    EXPECT_THAT(found.header("Link"), HasSubstr("</videos/?q=TINY&skip=0&limit=1>; rel=\"last\""));
    EXPECT_EQ(get("/videos/?skip=7").body, "[]");
}

TEST_F(VideosApi, HoldsListsToTheirBounds) {
    for (const auto* query : {"skip=-1", "skip=x", "limit=0", "limit=101", "limit=1.5"})
        EXPECT_EQ(get(std::string("/videos/?") + query).status, 422) << query;
    EXPECT_EQ(get("/videos/?skip=0&limit=100").status, 200);
    EXPECT_EQ(get("/videos/?skip=9223372036854775807&limit=100").status, 200);
    EXPECT_THAT(get("/videos/?skip=-1&limit=101").wrong_fields(), ElementsAre("/skip", "/limit"));
}

TEST_F(VideosApi, KnowsWhatIsNotThere) {
    for (const auto* path : {"/videos/7/", "/videos/-1/", "/videos/download/7/", "/videos/7/poster/"}) {
        const auto answer = get(path);
        EXPECT_EQ(answer.status, 404) << path;
        EXPECT_EQ(answer.code(), "not_found");
        EXPECT_EQ(answer.json().at("status_code"), 404);
    }
    EXPECT_EQ(remove("/videos/7/").status, 404);
    EXPECT_EQ(get("/videos/seven/").status, 422);
    EXPECT_EQ(get("/videos/99999999999999999999/").status, 422);
}

TEST_F(VideosApi, SendsTheFileBack) {
    (void)ingest_clip();
    const auto whole = get("/videos/download/1/");
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.body, clip);
    EXPECT_EQ(whole.header("Content-Type"), "video/mp4");
    EXPECT_THAT(whole.header("Content-Disposition"), HasSubstr("filename*=UTF-8''T%C3%A4nzer%201.mp4"));
    const auto part = get("/videos/download/1/", {{"Range", "bytes=10-19"}});
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, clip.substr(10, 10));
    EXPECT_EQ(get("/videos/download/1/", {{"If-None-Match", whole.header("ETag")}}).status, 304);
    EXPECT_EQ(get("/videos/download/1/", {{"Range", "bytes=999999999-"}}).status, 416);
}

TEST_F(VideosApi, SaysNothingOfTheInsideWhenAnObjectIsLost) {
    (void)ingest_clip();
    const std::string key(get("/videos/1/").json().at("storage_key").as_string());
    ASSERT_TRUE(objects->remove(key));
    const auto answer = get("/videos/download/1/");
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.code(), "internal");
    EXPECT_THAT(answer.body, testing::Not(HasSubstr(key)));
    EXPECT_THAT(logged, ElementsAre(HasSubstr(key)));
}

TEST_F(VideosApi, ShowsAPoster) {
    (void)ingest_clip();
    const auto poster = get("/videos/1/poster/");
    EXPECT_EQ(poster.status, 200);
    EXPECT_EQ(poster.header("Content-Type"), "image/jpeg");
    EXPECT_EQ(poster.body.substr(0, 3), "\xff\xd8\xff");
    EXPECT_THAT(poster.header("Cache-Control"), HasSubstr("max-age"));
    EXPECT_EQ(get("/videos/1/poster/", {{"If-None-Match", poster.header("ETag")}}).status, 304);
}

TEST_F(VideosApi, DeletesWithAllThatCameOfIt) {
    const auto estimation = estimate(ingest_clip());
    EXPECT_EQ(remove("/videos/1/").status, 204);
    EXPECT_EQ(get("/videos/1/").status, 404);
    EXPECT_EQ(get("/estimations/" + std::to_string(estimation) + "/").status, 404);
}

}  // namespace
}  // namespace posed::api
