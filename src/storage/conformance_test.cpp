// What every kind of object store must do. A new kind is one more row of `kinds`.

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/filesystem_store.h"
#include "storage/object_store.h"
#include "storage/s3_store.h"
#include "storage/sample_s3.h"
#include "tests/support/s3_server.h"
#include "tests/support/shared_data.h"

namespace posed::storage {
namespace {

/// A store with whatever it stands on, which goes away with it.
struct StoreUnderTest {
    std::shared_ptr<void> ground;
    std::unique_ptr<ObjectStore> store;
};

struct Kind {
    const char* name;
    std::function<StoreUnderTest()> make;
    std::function<std::optional<std::string>()> why_not;
};

StoreUnderTest make_filesystem_store() {
    auto folder = std::make_shared<tests::TemporaryFolder>();
    auto store =
        open_filesystem_store({.folder = folder->path() / "objects", .max_bytes = {}}, system_clock())
            .value();
    return {std::move(folder), std::move(store)};
}

StoreUnderTest make_s3_store() {
    return {nullptr, open_s3_store(sample_s3_options(), system_clock(), system_random()).value()};
}

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all{{"filesystem", make_filesystem_store, [] { return std::nullopt; }},
                                       {"s3", make_s3_store, tests::why_no_s3}};
    return all;
}

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

class ObjectStoreConformance : public testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        POSED_REQUIRES(!GetParam().why_not(), GetParam().why_not().value());
        under_test_ = GetParam().make();
    }

    Result<std::uint64_t> put(std::string_view key, const std::string& content) {
        auto writer = TRY(store().put(key));
        TRY(writer->write(bytes_of(content)));
        return writer->finish();
    }

    std::string get(std::string_view key) {
        const auto source = store().open(key).value();
        std::string content(source->size(), '\0');
        EXPECT_EQ(source->read_at(0, std::as_writable_bytes(std::span(content))).value(), content.size());
        return content;
    }

    std::map<std::string, std::uint64_t> list() {
        std::map<std::string, std::uint64_t> listed;
        EXPECT_TRUE(
            store().list([&](const ObjectInfo& object) { listed.emplace(object.key, object.bytes); }));
        return listed;
    }

    ObjectStore& store() const { return *under_test_.store; }

  private:
    StoreUnderTest under_test_;
};

TEST_P(ObjectStoreConformance, GivesBackWhatWasWritten) {
    for (const std::size_t size : {0, 1, 4096, 20'000'001}) {
        const auto key = "videos/" + std::to_string(size) + ".mp4";
        const auto content = sample_text(size);
        auto writer = store().put(key).value();
        auto rest = bytes_of(content);
        for (std::size_t piece = 0; !rest.empty(); piece = 3 * piece + 1) {  // the first is empty
            const auto taken = std::min(piece, rest.size());
            ASSERT_TRUE(writer->write(rest.first(taken)));
            rest = rest.subspan(taken);
        }
        EXPECT_EQ(writer->finish().value(), size);
        writer.reset();
        EXPECT_EQ(store().size(key).value(), size);
        EXPECT_TRUE(get(key) == content) << size;
    }
}

TEST_P(ObjectStoreConformance, ReadsAtAnyPlace) {
    ASSERT_TRUE(put("videos/a.mp4", "0123456789"));
    const auto source = store().open("videos/a.mp4").value();
    EXPECT_EQ(source->size(), 10U);
    std::string part(4, '\0');
    EXPECT_EQ(source->read_at(3, std::as_writable_bytes(std::span(part))).value(), 4U);
    EXPECT_EQ(part, "3456");
    EXPECT_EQ(source->read_at(8, std::as_writable_bytes(std::span(part))).value(), 2U);
    EXPECT_EQ(source->read_at(10, std::as_writable_bytes(std::span(part))).value(), 0U);
}

TEST_P(ObjectStoreConformance, ListsAndMeasuresWhatThereIs) {
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(store().usage().value().used_bytes, 0U);
    ASSERT_TRUE(put("videos/a.mp4", "12345"));
    ASSERT_TRUE(put("estimations/b.safetensors", "123"));
    ASSERT_TRUE(put("visualizations/c.mp4", ""));
    EXPECT_EQ(list(),
              (std::map<std::string, std::uint64_t>{
                  {"videos/a.mp4", 5}, {"estimations/b.safetensors", 3}, {"visualizations/c.mp4", 0}}));
    const auto usage = store().usage().value();
    EXPECT_EQ(usage.used_bytes, 8U);
    EXPECT_GT(usage.free_bytes.value_or(1), 0U);
}

TEST_P(ObjectStoreConformance, RemovesAndMayBeToldTwice) {
    ASSERT_TRUE(put("videos/a.mp4", "a"));
    ASSERT_TRUE(put("videos/b.mp4", "b"));
    EXPECT_TRUE(store().remove("videos/a.mp4"));
    EXPECT_TRUE(store().remove("videos/a.mp4"));
    EXPECT_TRUE(store().remove("videos/never.mp4"));
    EXPECT_EQ(list().size(), 1U);
    EXPECT_EQ(get("videos/b.mp4"), "b");
}

TEST_P(ObjectStoreConformance, AWriterThatDoesNotFinishLeavesNothing) {
    {
        auto writer = store().put("videos/a.mp4").value();
        ASSERT_TRUE(writer->write(bytes_of(sample_text(100'000))));
    }
    { const auto untouched = store().put("videos/b.mp4").value(); }
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(store().open("videos/a.mp4").error().code, Code::not_found);
}

TEST_P(ObjectStoreConformance, AKeyIsWrittenOnce) {
    ASSERT_TRUE(put("videos/a.mp4", "first"));
    EXPECT_EQ(put("videos/a.mp4", "second").error().code, Code::invalid_argument);
    EXPECT_EQ(get("videos/a.mp4"), "first");
}

TEST_P(ObjectStoreConformance, WhatIsNotThereIsNotFound) {
    EXPECT_EQ(store().open("videos/a.mp4").error().code, Code::not_found);
    EXPECT_EQ(store().size("videos/a.mp4").error().code, Code::not_found);
}

TEST_P(ObjectStoreConformance, AKeyThatIsNoneIsRefusedEverywhere) {
    for (const auto* key : {"", "videos/../a", "/etc/passwd", "other/a"}) {
        EXPECT_EQ(store().put(key).error().code, Code::invalid_argument) << key;
        EXPECT_EQ(store().open(key).error().code, Code::invalid_argument) << key;
        EXPECT_EQ(store().size(key).error().code, Code::invalid_argument) << key;
        EXPECT_EQ(store().remove(key).error().code, Code::invalid_argument) << key;
    }
}

TEST_P(ObjectStoreConformance, WritersOfDifferentKeysDoNotMix) {
    constexpr unsigned writers = 8;
    {
        std::vector<std::jthread> running;
        for (unsigned i = 0; i < writers; ++i)
            running.emplace_back([this, i] {
                const auto content = sample_text(300'000, i);
                auto writer = store().put("videos/" + std::to_string(i)).value();
                for (std::size_t offset = 0; offset < content.size(); offset += 10'000)
                    ASSERT_TRUE(writer->write(bytes_of(content).subspan(offset, 10'000)));
                ASSERT_TRUE(writer->finish());
            });
    }
    EXPECT_EQ(list().size(), writers);
    for (unsigned i = 0; i < writers; ++i)
        EXPECT_TRUE(get("videos/" + std::to_string(i)) == sample_text(300'000, i)) << i;
}

TEST_P(ObjectStoreConformance, WritersOfOneKeyGetItOnce) {
    constexpr int writers = 8;
    std::atomic<int> succeeded = 0;
    {
        std::vector<std::jthread> running;
        for (int i = 0; i < writers; ++i)
            running.emplace_back(
                [&, i] { succeeded += put("videos/a.mp4", std::to_string(i)).has_value() ? 1 : 0; });
    }
    EXPECT_EQ(succeeded, 1);
    EXPECT_EQ(get("videos/a.mp4").size(), 1U);
}

TEST_P(ObjectStoreConformance, AProbeSucceedsAndLeavesNothing) {
    EXPECT_TRUE(store().probe());
    EXPECT_TRUE(list().empty());
}

INSTANTIATE_TEST_SUITE_P(Kinds, ObjectStoreConformance, testing::ValuesIn(kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace posed::storage
