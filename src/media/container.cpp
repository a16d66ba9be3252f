#include "media/container.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

namespace posed::media {
namespace {

using namespace std::string_view_literals;

constexpr auto what_we_take = "Give an MP4, QuickTime (MOV), WebM or Matroska file"sv;

struct Signature {
    std::size_t offset;
    std::string_view bytes;
    std::string_view name;
};

/// Kinds of files that people mistake for videos, and videos that we do not take.
constexpr std::array signatures{
    Signature{0, "\xFF\xD8\xFF"sv, "a JPEG picture"},
    Signature{0, "\x89PNG\r\n"sv, "a PNG picture"},
    Signature{0, "GIF8"sv, "a GIF picture"},
    Signature{0, "BM"sv, "a BMP picture"},
    Signature{0, "II*\0"sv, "a TIFF picture"},
    Signature{0, "MM\0*"sv, "a TIFF picture"},
    Signature{8, "WEBP"sv, "a WebP picture"},
    Signature{8, "AVI "sv, "an AVI file"},
    Signature{8, "WAVE"sv, "a WAV sound file"},
    Signature{0, "PK\x03\x04"sv, "a ZIP archive"},
    Signature{0, "PK\x05\x06"sv, "an empty ZIP archive"},
    Signature{0, "%PDF"sv, "a PDF document"},
    Signature{0, "\x1F\x8B"sv, "a gzip archive"},
    Signature{0, "7z\xBC\xAF"sv, "a 7z archive"},
    Signature{0, "Rar!"sv, "a RAR archive"},
    Signature{0, "FLV\x01"sv, "a Flash video"},
    Signature{0, "OggS"sv, "an Ogg file"},
    Signature{0, "ID3"sv, "an MP3 sound file"},
    Signature{0, "fLaC"sv, "a FLAC sound file"},
    Signature{0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, "a Windows Media file"},
    Signature{0, "\x00\x00\x01\xBA"sv, "an MPEG program stream"},
    Signature{0, "\x00\x00\x01\xB3"sv, "an MPEG video stream"},
    Signature{0, "\x00\x00\x00\x01\x67"sv, "a bare H.264 stream"},
    Signature{0,
              "\x7F"
              "ELF"sv,
              "a program"},
    Signature{0, "#EXTM3U"sv, "a playlist"},
};

/// Brands of ISO files that hold pictures, not video.
constexpr std::array picture_brands{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "mif1"sv,
                                    "mif2"sv, "avif"sv, "crx "sv, "jxl "sv};

constexpr std::array first_boxes{"moov"sv, "mdat"sv, "wide"sv, "free"sv, "skip"sv, "pnot"sv, "styp"sv};

bool is_text(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\n' || byte == '\r' || byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

bool is_transport_stream(std::string_view bytes) {
    constexpr std::size_t packet = 188;
    return bytes.size() > 2 * packet && bytes[0] == 0x47 && bytes[packet] == 0x47 &&
           bytes[2 * packet] == 0x47;
}

std::string first_bytes_of(std::string_view bytes) {
    std::string text = "unknown content that starts with the bytes";
    for (const char c : bytes.substr(0, 8)) {
        std::array<char, 4> digits{};
        std::snprintf(digits.data(), digits.size(), " %02x", static_cast<unsigned char>(c));
        text += digits.data();
    }
    return text;
}

std::string what_else(std::string_view bytes) {
    for (const auto& signature : signatures) {
        if (bytes.size() >= signature.offset && bytes.substr(signature.offset).starts_with(signature.bytes))
            return std::string(signature.name);
    }
    if (is_transport_stream(bytes))
        return "an MPEG transport stream";
    return is_text(bytes) ? "text" : first_bytes_of(bytes);
}

/// A length as Matroska codes it: the first byte's leading zeros count the bytes that follow it.
struct VariableInteger {
    std::uint64_t value;
    std::size_t length;
};

std::optional<VariableInteger> variable_integer(std::string_view bytes) {
    if (bytes.empty() || bytes[0] == 0)
        return std::nullopt;
    std::size_t length = 1;
    auto first = static_cast<unsigned char>(bytes[0]);
    while ((first & (0x80U >> (length - 1))) == 0)
        ++length;
    if (bytes.size() < length)
        return std::nullopt;
    std::uint64_t value = first & ((0x80U >> (length - 1)) - 1U);
    for (std::size_t i = 1; i < length; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return VariableInteger{value, length};
}

/// The DocType (id 42 82) of an EBML header.
std::string document_type(std::string_view bytes) {
    bytes.remove_prefix(4);
    const auto header = variable_integer(bytes);
    if (!header)
        return {};
    bytes =
        bytes.substr(header->length, static_cast<std::size_t>(std::min<std::uint64_t>(header->value, 512)));
    while (bytes.size() > 2) {
        const auto id = variable_integer(bytes);
        if (!id)
            return {};
        const bool found = bytes.starts_with("\x42\x82"sv);
        bytes.remove_prefix(id->length);
        const auto length = variable_integer(bytes);
        if (!length || length->value > bytes.size() - length->length)
            return {};
        const auto payload = bytes.substr(length->length, static_cast<std::size_t>(length->value));
        if (found)
            return std::string(payload.substr(0, payload.find('\0')));
        bytes.remove_prefix(length->length + static_cast<std::size_t>(length->value));
    }
    return {};
}

/// Like read_at, but never fewer bytes than the file has.
Result<std::string> bytes_at(ByteSource& source, std::uint64_t offset, std::size_t count) {
    std::string bytes(count, '\0');
    bytes.resize(TRY(source.read_at(offset, std::as_writable_bytes(std::span(bytes)))));
    return bytes;
}

Error not_ours(const std::string& found) {
    return fail(Code::unsupported_media, "not a video that can be read: the file is " + found,
                std::string(what_we_take));
}

struct Box {
    std::string type;
    std::uint64_t start;
    std::uint64_t end;
};

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes)
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

/// The outermost box at `start`; nothing where the file ends or no box can be.
std::optional<Box> box_at(ByteSource& source, std::uint64_t start) {
    const auto header = bytes_at(source, start, 16);
    if (!header || header->size() < 8)
        return std::nullopt;
    const std::string_view bytes(*header);
    auto length = big_endian(bytes.substr(0, 4));
    if (length == 0)
        length = source.size() - start;
    else if (length == 1 && bytes.size() == 16)
        length = big_endian(bytes.substr(8, 8));
    if (length < 8 || length > UINT64_MAX - start)
        return std::nullopt;
    return Box{std::string(bytes.substr(4, 4)), start, start + length};
}

std::string printable(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return text;
}

Error why_no_index(ByteSource& source, const std::string& otherwise) {
    const auto size = std::to_string(source.size());
    std::string seen;
    constexpr int most_boxes = 1000;
    std::uint64_t start = 0;
    for (int i = 0; i < most_boxes; ++i) {
        const auto box = box_at(source, start);
        if (!box)
            break;
        if (box->end > source.size())
            return fail(Code::corrupt_media,
                        "the file is cut off: it ends at byte " + size + ", inside the box '" +
                            printable(box->type) + "' that should reach byte " + std::to_string(box->end) +
                            (seen.find("moov") == std::string::npos && box->type != "moov"
                                 ? ", and the index (box 'moov') is missing"
                                 : ""),
                        "Copy or download the file again");
        if (seen.size() < 60)
            seen += (seen.empty() ? "'" : ", '") + printable(box->type) + "'";
        start = box->end;
    }
    if (seen.find("moov") == std::string::npos)
        return fail(Code::corrupt_media,
                    "the index (box 'moov') is missing: the file's " + size + " bytes hold " +
                        (seen.empty() ? "no box" : "only " + seen),
                    "Copy or download the file again");
    return fail(Code::corrupt_media, "the MP4 index cannot be read: " + otherwise);
}

}  // namespace

Result<std::string> container_of(ByteSource& source) {
    if (source.size() == 0)
        return not_ours("empty (0 bytes)");
    const auto head = TRY(bytes_at(source, 0, sniffed_bytes));
    const std::string_view bytes(head);
    if (bytes.starts_with("\x1A\x45\xDF\xA3"sv)) {
        auto type = document_type(bytes);
        if (type == "webm" || type == "matroska")
            return type;
        return not_ours("an EBML file of the type '" + printable(type) + "'");
    }
    const auto first_box = bytes.size() >= 8 ? bytes.substr(4, 4) : ""sv;
    if (first_box == "ftyp") {
        const auto brand = bytes.substr(8, 4);
        if (std::find(picture_brands.begin(), picture_brands.end(), brand) != picture_brands.end())
            return not_ours("a picture (HEIF brand '" + std::string(brand) + "')");
        return brand == "qt  " ? "mov" : "mp4";
    }
    if (std::find(first_boxes.begin(), first_boxes.end(), first_box) != first_boxes.end())
        return "mov";
    return not_ours(what_else(bytes));
}

Error why_unreadable(ByteSource& source, const std::string& container, const std::string& otherwise) {
    if (container == "mp4" || container == "mov")
        return why_no_index(source, otherwise);
    return fail(Code::corrupt_media, "the " + container + " header cannot be read: " + otherwise +
                                         " (the file has " + std::to_string(source.size()) + " bytes)");
}

Result<bool> is_cut_off(ByteSource& source, const std::string& container) {
    if (container == "mp4" || container == "mov") {
        constexpr int most_boxes = 100'000;
        std::uint64_t start = 0;
        for (int i = 0; i < most_boxes && start < source.size(); ++i) {
            const auto box = box_at(source, start);
            if (!box || box->end > source.size())
                return true;
            start = box->end;
        }
        return false;
    }
    // The EBML header, then the Segment (id 18 53 80 67), which holds all the rest.
    const auto head = TRY(bytes_at(source, 0, sniffed_bytes));
    std::string_view bytes(head);
    bytes.remove_prefix(std::min<std::size_t>(4, bytes.size()));
    const auto header = variable_integer(bytes);
    if (!header || header->value > bytes.size() - header->length)
        return false;
    bytes.remove_prefix(header->length + static_cast<std::size_t>(header->value));
    if (!bytes.starts_with("\x18\x53\x80\x67"sv))
        return false;
    bytes.remove_prefix(4);
    const auto segment = variable_integer(bytes);
    if (!segment || segment->value == (1ULL << (7 * segment->length)) - 1)
        return false;  // all ones: unknown, as in a live stream
    const auto start = static_cast<std::uint64_t>(bytes.data() - head.data()) + segment->length;
    return segment->value > source.size() - std::min(start, source.size());
}

}  // namespace posed::media
