// Stands in for the decoding child in tests: a decoder that its video has taken over. The name it is called
// by says what it does to its parent.

#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <unistd.h>

#include "media/sandbox/child.h"
#include "media/sandbox/frame_layout.h"
#include "media/sandbox/messages.h"

namespace {

using namespace posed;
using namespace posed::media::sandbox;

constexpr Size picture{64, 48};

class Attack {
  public:
    void say(const FromChild& message) { static_cast<void>(channel_.send(encode(message), {})); }
    void say_bytes(const std::vector<std::byte>& bytes) { static_cast<void>(channel_.send(bytes, {})); }
    void hear() {
        std::vector<std::byte> message;
        if (channel_.receive(message, {}) != Transfer::done)
            ::_exit(EXIT_FAILURE);
    }
    void hear_for_ever() {
        while (true)
            hear();
    }

    /// As a good child would, up to the first frame that is asked for.
    void begin() {
        say(Ready{});
        hear();
        say(VideoFound{video()});
        hear();
        hear();
    }

    void give(const std::function<void(FrameDecoded&)>& change) {
        FrameDecoded frame;
        frame.planes = places_for(plane_sizes(picture, 1, 1));
        change(frame);
        say(frame);
    }

    static VideoInfo video() {
        VideoInfo info;
        info.container = "mp4";
        info.codec = "h264";
        info.pixel_format = "yuv420p";
        info.coded = info.displayed = picture;
        info.time_base = {1, 25};
        return info;
    }

  private:
    Channel channel_{posed::Descriptor(child_socket)};
};

void find(Attack& attack, const std::function<void(VideoInfo&)>& change) {
    attack.say(Ready{});
    attack.hear();
    auto video = Attack::video();
    change(video);
    attack.say(VideoFound{video});
}

void answer(Attack& attack, const std::function<void(FrameDecoded&)>& change) {
    attack.begin();
    attack.give(change);
}

const std::map<std::string, std::function<void(Attack&)>> attacks{
    {"says_nonsense_first", [](Attack& a) { a.say_bytes(std::vector<std::byte>(100, std::byte{0x5a})); }},
    {"says_half_a_message",
     [](Attack& a) {
         a.say(Ready{});
         a.hear();
         auto bytes = encode(FromChild(VideoFound{Attack::video()}));
         bytes.resize(bytes.size() / 2);
         a.say_bytes(bytes);
     }},
    {"says_an_endless_message",
     [](Attack& a) {
         a.say(Ready{});
         a.hear();
         a.say_bytes(std::vector<std::byte>(4, std::byte{0xff}));
     }},
    {"says_an_unknown_kind",
     [](Attack& a) {
         a.say(Ready{});
         a.hear();
         a.say_bytes({std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{200}});
     }},
    {"is_ready_twice",
     [](Attack& a) {
         a.say(Ready{});
         a.hear();
         a.say(Ready{});
     }},
    {"reads_too_much",
     [](Attack& a) {
         a.say(Ready{});
         a.hear();
         a.say(ReadFile{0, std::numeric_limits<std::uint32_t>::max()});
     }},
    {"reads_for_ever",
     [](Attack& a) {
         a.say(Ready{});
         a.hear();
         while (true) {
             a.say(ReadFile{std::numeric_limits<std::uint64_t>::max(), 16});
             a.hear();
         }
     }},
    {"logs_for_ever",
     [](Attack& a) {
         a.say(Ready{});
         a.hear();
         while (true)
             a.say(LogLine{Log::Level::error, "bla\x1b[2J"});
     }},
    {"finds_a_huge_picture", [](Attack& a) { find(a, [](auto& v) {
                                                 v.coded = {65535, 65535};
                                             }); }},
    {"finds_a_negative_picture", [](Attack& a) { find(a, [](auto& v) {
                                                     v.coded = {-64, -48};
                                                 }); }},
    {"finds_no_clock", [](Attack& a) { find(a, [](auto& v) {
                                           v.time_base = {1, 0};
                                       }); }},
    {"finds_an_odd_turn", [](Attack& a) { find(a, [](auto& v) { v.rotation = 45; }); }},
    {"finds_a_strange_name", [](Attack& a) { find(a, [](auto& v) { v.codec = "\n<script>"; }); }},
    {"gives_a_strange_subsampling", [](Attack& a) { answer(a, [](auto& f) { f.chroma_shift_x = 31; }); }},
    {"gives_a_negative_subsampling", [](Attack& a) { answer(a, [](auto& f) { f.chroma_shift_y = -1; }); }},
    {"gives_a_frame_in_a_strange_slot", [](Attack& a) { answer(a, [](auto& f) { f.slot = ring_slots; }); }},
    {"gives_a_frame_behind_its_slot",
     [](Attack& a) { answer(a, [](auto& f) { f.planes[2].offset = slot_bytes_for(picture) - 1; }); }},
    {"gives_a_frame_far_away",
     [](Attack& a) {
         answer(a, [](auto& f) { f.planes[0].offset = std::numeric_limits<std::uint64_t>::max(); });
     }},
    {"gives_rows_far_apart",
     [](Attack& a) { answer(a, [](auto& f) { f.planes[1].stride = std::uint64_t{1} << 62U; }); }},
    {"gives_rows_too_close", [](Attack& a) { answer(a, [](auto& f) { f.planes[0].stride = 0; }); }},
    {"gives_a_slot_that_is_held",
     [](Attack& a) {
         a.begin();
         a.give([](auto& f) { f.pts = 1; });
         a.give([](auto& f) { f.pts = 2; });
     }},
    {"gives_a_frame_never", [](Attack& a) { answer(a, [](auto& f) { f.repeats = 0; }); }},
    {"gives_a_frame_from_elsewhere",
     [](Attack& a) { answer(a, [](auto& f) { f.coded_from_displayed.x0 = 1e30; }); }},
    {"gives_a_frame_from_nowhere",
     [](Attack& a) {
         answer(a, [](auto& f) { f.coded_from_displayed.xx = std::numeric_limits<double>::quiet_NaN(); });
     }},
    {"goes_back_in_time",
     [](Attack& a) {
         a.begin();
         a.give([](auto& f) { f.pts = 5; });
         a.give([](auto& f) {
             f.slot = 1;
             f.pts = 4;
         });
     }},
    {"gives_frames_unasked",
     [](Attack& a) {
         a.begin();
         for (int i = 0; i < 100; ++i)
             a.give([i](auto& f) {
                 f.slot = static_cast<std::uint32_t>(i) % ring_slots;
                 f.pts = i;
             });
     }},
    {"gives_sound_for_a_frame",
     [](Attack& a) {
         a.begin();
         a.say(SoundRead{});
     }},
    {"just_ends", [](Attack& a) { a.begin(); }},
};

}  // namespace

int main(int, char** argv) {
    const std::string name = argv[0];
    Attack attack;
    attacks.at(name.substr(name.rfind('/') + 1))(attack);
    if (name.find("just_ends") == std::string::npos)
        attack.hear_for_ever();
    ::_exit(EXIT_SUCCESS);
}
