// A user's own detector in the place of blazepose: TorchScript archives that this test writes.

#include "estimation/sam3dbody/people_detector.h"

#include <array>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/camera.h"
#include "estimation/sam3dbody/sam3dbody_estimator.h"
#include "estimation/sam3dbody/sample_detector.h"
#include "estimation/sam3dbody/sample_model.h"

namespace posed::estimation::sam3dbody {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

/// Black, with a red rectangle: full-range BT.601 without subsampling.
struct RedOnBlack {
    RedOnBlack(Size size, std::array<int, 4> red) {
        constexpr std::array<std::uint8_t, 3> black{0, 128, 128}, colour{76, 85, 255};
        for (int y = 0; y < size.height; ++y)
            for (int x = 0; x < size.width; ++x)
                for (std::size_t i = 0; i < 3; ++i)
                    planes[i].push_back(
                        (x >= red[0] && x < red[2] && y >= red[1] && y < red[3] ? colour : black)[i]);
        for (std::size_t i = 0; i < 3; ++i)
            view.planes[i] = {planes[i].data(), size.width, size.width, size.height};
        view.chroma_shift_x = view.chroma_shift_y = 0;
        view.colour = {.range = ColourRange::full, .siting = ChromaSiting::center};
        view.displayed = size;
    }

    std::array<std::vector<std::uint8_t>, 3> planes;
    FrameView view;
};

/// Says where red is, in what is red in the first and dark in the last channel.
constexpr const char* finds_red = R"(
    red = (picture[0, 0] > 0.5) & (picture[0, 2] < 0.5)
    found = torch.zeros([1, 0, 6])
    if bool(red.any()):
        columns = torch.nonzero(red.any(0))
        rows = torch.nonzero(red.any(1))
        box = torch.stack([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) * 1.0
        found = torch.cat([box, torch.tensor([0.75, 0.0])]).view(1, 1, 6)
    return found
)";

/// Only in a picture whose upper left corner has the grey of the letterbox.
constexpr const char* looks_at_the_border = R"(
    corner = picture[0, :, 0, 0]
    grey = bool(((corner - 114.0 / 255.0).abs() < 0.00001).all())
    return torch.tensor([[[0.0, 0.0, 640.0, 640.0, 1.0 if grey else 0.0, 0.0]]])
)";

constexpr const char* finds_two = R"(
    return torch.tensor([[[100.0, 180.0, 200.0, 380.0, 0.9, 0.0], [300.0, 180.0, 400.0, 380.0, 0.8, 0.0],
                          [500.0, 180.0, 600.0, 380.0, 0.24, 0.0], [500.0, 180.0, 600.0, 380.0, 0.9, 1.0],
                          [-50.0, 100.0, -10.0, 300.0, 0.9, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]])
)";

class PeopleDetectorTest : public testing::Test {
  protected:
    std::filesystem::path written(const std::string& body) const {
        auto path = folder.path() / "detector.pt";
        write_sample_detector(path, body);
        return path;
    }

    static std::vector<PersonFrame> seen(Estimator& detector, const FrameView& frame,
                                         std::chrono::microseconds time = {}) {
        const auto session = detector.open_session({.displayed = frame.displayed, .camera = {}}).value();
        const auto crops = session->prepare(frame, time).value();
        return session->finish(detector.run(crops, one_thread).value()).value();
    }

    Error error_for(const std::string& body) const { return open_people_detector(written(body)).error(); }

    tests::TemporaryFolder folder;
};

TEST_F(PeopleDetectorTest, GivesBoxesInTheFrameWhateverItsShape) {
    const auto detector = open_people_detector(written(finds_red)).value();
    for (const auto& [size, red] :
         std::vector<std::pair<Size, std::array<int, 4>>>{{{640, 480}, {100, 50, 240, 400}},
                                                          {{1280, 720}, {600, 100, 900, 700}},
                                                          {{540, 720}, {0, 0, 200, 720}},
                                                          {{320, 240}, {200, 100, 320, 200}},
                                                          {{1001, 333}, {500, 3, 800, 300}},
                                                          {{1920, 1080}, {3, 4, 300, 900}}}) {
        const RedOnBlack frame(size, red);
        const auto people = seen(*detector, frame.view);
        ASSERT_EQ(people.size(), 1U) << size.width << 'x' << size.height;
        EXPECT_EQ(people[0].bbox_confidence, 0.75F);
        const double pixel = std::max(1.0, std::max(size.width, size.height) / 640.0);
        for (std::size_t i = 0; i < 4; ++i)
            EXPECT_NEAR(people[0].bbox_xyxy[i], red[i], pixel)
                << i << " of " << size.width << 'x' << size.height;
    }
}

TEST_F(PeopleDetectorTest, IsShownGreyBesideTheFrameAndNoneWhereThereIsNone) {
    const auto detector = open_people_detector(written(looks_at_the_border)).value();
    const RedOnBlack wide({640, 320}, {}), square({64, 64}, {});
    EXPECT_EQ(seen(*detector, wide.view).size(), 1U);
    EXPECT_TRUE(seen(*detector, square.view).empty());
}

TEST_F(PeopleDetectorTest, TakesPeopleOfWhomItIsSureAndCutsThemAtTheFrame) {
    const auto detector = open_people_detector(written(finds_two)).value();
    const RedOnBlack frame({1280, 960}, {});
    const auto people = seen(*detector, frame.view);
    ASSERT_EQ(people.size(), 2U);
    EXPECT_THAT(people[0].bbox_xyxy, ElementsAre(200, 200, 400, 600));
    EXPECT_THAT(people[1].bbox_xyxy, ElementsAre(600, 200, 800, 600));
    const RedOnBlack low({1280, 200}, {});  // shown in lines 270 to 370
    for (const auto& person : seen(*detector, low.view)) {
        EXPECT_EQ(person.bbox_xyxy[1], 0);
        EXPECT_EQ(person.bbox_xyxy[3], 200);
    }
}

void expect_no_archive(const std::filesystem::path& file) {
    const auto error = open_people_detector(file).error();
    EXPECT_EQ(error.code, Code::corrupt_model);
    EXPECT_THAT(error.message, HasSubstr(file.string() + " is no TorchScript archive"));
    EXPECT_THAT(error.suggestion, HasSubstr("POSED_DETECTOR"));
}

TEST_F(PeopleDetectorTest, IsNotTheBodysModel) {
    POSED_NEEDS(tiny() / "model.ckpt");
    expect_no_archive(tiny() / "model.ckpt");
}

TEST_F(PeopleDetectorTest, IsRefusedWithTheReason) {
    const auto missing = open_people_detector(folder.path() / "none.pt").error();
    EXPECT_EQ(missing.code, Code::model_missing);
    EXPECT_THAT(missing.message, HasSubstr("none.pt"));
    std::ofstream(folder.path() / "page.pt") << "<html>Please log in</html>";
    expect_no_archive(folder.path() / "page.pt");
    for (const auto& [body, said] : std::vector<std::pair<const char*, const char*>>{
             {"    return torch.zeros([1, 84, 8400])\n", "gives a tensor (1, 84, 8400), not (1, n, 6)"},
             {"    return torch.zeros([300, 6])\n", "gives a tensor (300, 6)"},
             {"    return (picture, picture)\n", "gives a Tuple"},
             {"    return picture.view(1, 7, 6)\n", "does not run on a picture of 640 x 640: "},
             {"    return torch.zeros([1, 2, 6]) / 0.0\n", "not finite"},
             {"    return torch.full([1, 2, 6], 3.5)\n", "confidence 3.5"},
             {"    return torch.full([1, 2, 6], 0.5)\n", "class 0.5"}}) {
        const auto error = error_for(body);
        EXPECT_EQ(error.code, Code::corrupt_model);
        EXPECT_THAT(error.message, HasSubstr(said));
        EXPECT_EQ(error.message.find('\n'), std::string::npos);
    }
}

class Sam3dBodyWithADetector : public PeopleDetectorTest {
  protected:
    std::unique_ptr<Estimator> opened(const std::string& body) const {
        return open_sam3dbody({.name = "sam-3d-body",
                               .weights = tiny(),
                               .threads = 1,
                               .log = &silent_log(),
                               .detector = written(body)})
            .value();
    }
};

TEST_F(Sam3dBodyWithADetector, EstimatesOneOrEverybody) {
    POSED_NEEDS(tiny() / "model.ckpt");
    const auto estimator = opened(finds_two);
    const RedOnBlack frame({640, 480}, {100, 100, 200, 300});
    for (const auto people : {People::one, People::all}) {
        const auto session = estimator
                                 ->open_session({.displayed = frame.view.displayed,
                                                 .camera = default_camera(frame.view.displayed),
                                                 .people = people})
                                 .value();
        for (const auto time : {milliseconds(0), milliseconds(40)}) {
            const auto crops = session->prepare(frame.view, time).value();
            EXPECT_EQ(crops.size(), people == People::one ? 1U : 2U);
            const auto found = session->finish(estimator->run(crops, one_thread).value()).value();
            ASSERT_EQ(found.size(), crops.size());
            EXPECT_EQ(found[0].track_id, 0);
            EXPECT_THAT(found[0].bbox_xyxy, ElementsAre(100, 100, 200, 300));
            EXPECT_EQ(found[0].bbox_confidence, 0.9F);
            if (people == People::all) {
                EXPECT_EQ(found[1].track_id, 1);
            }
        }
    }
}

TEST_F(Sam3dBodyWithADetector, ItsDigestIsPartOfTheWeights) {
    POSED_NEEDS(tiny() / "model.ckpt");
    const auto one = opened(finds_two)->description(), other = opened(finds_red)->description();
    ASSERT_EQ(one.weights.size(), 3U);
    EXPECT_EQ(one.weights[0].name, "detector");
    EXPECT_NE(one.weights[0].sha256, other.weights[0].sha256);
    EXPECT_EQ(one.weights[1], other.weights[1]);
    EXPECT_NE(digest_of(one.weights, one.precision, one.profile),
              digest_of(other.weights, other.precision, other.profile));
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
