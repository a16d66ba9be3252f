#include "estimation/sam3dbody/skeleton.h"

#include <array>
#include <string_view>
#include <utility>

namespace posed::estimation::sam3dbody {
namespace {

constexpr auto names = std::to_array<std::string_view>({"nose",
                                                        "left_eye",
                                                        "right_eye",
                                                        "left_ear",
                                                        "right_ear",
                                                        "left_shoulder",
                                                        "right_shoulder",
                                                        "left_elbow",
                                                        "right_elbow",
                                                        "left_hip",
                                                        "right_hip",
                                                        "left_knee",
                                                        "right_knee",
                                                        "left_ankle",
                                                        "right_ankle",
                                                        "left_big_toe_tip",
                                                        "left_small_toe_tip",
                                                        "left_heel",
                                                        "right_big_toe_tip",
                                                        "right_small_toe_tip",
                                                        "right_heel",
                                                        "right_thumb_tip",
                                                        "right_thumb_first_joint",
                                                        "right_thumb_second_joint",
                                                        "right_thumb_third_joint",
                                                        "right_index_tip",
                                                        "right_index_first_joint",
                                                        "right_index_second_joint",
                                                        "right_index_third_joint",
                                                        "right_middle_tip",
                                                        "right_middle_first_joint",
                                                        "right_middle_second_joint",
                                                        "right_middle_third_joint",
                                                        "right_ring_tip",
                                                        "right_ring_first_joint",
                                                        "right_ring_second_joint",
                                                        "right_ring_third_joint",
                                                        "right_pinky_tip",
                                                        "right_pinky_first_joint",
                                                        "right_pinky_second_joint",
                                                        "right_pinky_third_joint",
                                                        "right_wrist",
                                                        "left_thumb_tip",
                                                        "left_thumb_first_joint",
                                                        "left_thumb_second_joint",
                                                        "left_thumb_third_joint",
                                                        "left_index_tip",
                                                        "left_index_first_joint",
                                                        "left_index_second_joint",
                                                        "left_index_third_joint",
                                                        "left_middle_tip",
                                                        "left_middle_first_joint",
                                                        "left_middle_second_joint",
                                                        "left_middle_third_joint",
                                                        "left_ring_tip",
                                                        "left_ring_first_joint",
                                                        "left_ring_second_joint",
                                                        "left_ring_third_joint",
                                                        "left_pinky_tip",
                                                        "left_pinky_first_joint",
                                                        "left_pinky_second_joint",
                                                        "left_pinky_third_joint",
                                                        "left_wrist",
                                                        "left_olecranon",
                                                        "right_olecranon",
                                                        "left_cubital_fossa",
                                                        "right_cubital_fossa",
                                                        "left_acromion",
                                                        "right_acromion",
                                                        "neck"});

constexpr auto links = std::to_array<std::pair<int, int>>(
    {{13, 11}, {11, 9},  {14, 12}, {12, 10}, {9, 10},  {5, 9},   {6, 10},  {5, 6},   {5, 7},   {6, 8},
     {7, 62},  {8, 41},  {1, 2},   {0, 1},   {0, 2},   {1, 3},   {2, 4},   {3, 5},   {4, 6},   {13, 15},
     {13, 16}, {13, 17}, {14, 18}, {14, 19}, {14, 20}, {62, 45}, {45, 44}, {44, 43}, {43, 42}, {62, 49},
     {49, 48}, {48, 47}, {47, 46}, {62, 53}, {53, 52}, {52, 51}, {51, 50}, {62, 57}, {57, 56}, {56, 55},
     {55, 54}, {62, 61}, {61, 60}, {60, 59}, {59, 58}, {41, 24}, {24, 23}, {23, 22}, {22, 21}, {41, 28},
     {28, 27}, {27, 26}, {26, 25}, {41, 32}, {32, 31}, {31, 30}, {30, 29}, {41, 36}, {36, 35}, {35, 34},
     {34, 33}, {41, 40}, {40, 39}, {39, 38}, {38, 37}});

using Colour = std::array<std::uint8_t, 3>;
constexpr Colour green{0, 255, 0}, orange{255, 128, 0}, blue{51, 153, 255}, pink{255, 153, 255},
    sky{102, 178, 255}, red{255, 51, 51};

/// The published colours: so many links, one after the other, have the same.
struct Run {
    Colour colour;
    int links;
};
constexpr auto colour_runs = std::to_array<Run>({{green, 2},
                                                 {orange, 2},
                                                 {blue, 4},
                                                 {green, 1},
                                                 {orange, 1},
                                                 {green, 1},
                                                 {orange, 1},
                                                 {blue, 7},
                                                 {green, 3},
                                                 {orange, 7},
                                                 {pink, 4},
                                                 {sky, 4},
                                                 {red, 4},
                                                 {green, 4},
                                                 {orange, 4},
                                                 {pink, 4},
                                                 {sky, 4},
                                                 {red, 4},
                                                 {green, 4}});

std::vector<Colour> link_colours() {
    std::vector<Colour> colours;
    for (const auto& [colour, count] : colour_runs)
        colours.insert(colours.end(), static_cast<std::size_t>(count), colour);
    return colours;
}

}  // namespace

Skeleton sam3dbody_skeleton() {
    return {.names = {names.begin(), names.end()},
            .links = {links.begin(), links.end()},
            .link_colours = link_colours()};
}

}  // namespace posed::estimation::sam3dbody
