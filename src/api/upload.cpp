#include "api/upload.h"

#include <algorithm>

#include "api/multipart.h"
#include "api/target.h"

namespace posed::api {
namespace {

constexpr std::size_t filename_bytes_max = 255;
constexpr std::size_t fields_bytes_max = 65'536;
constexpr const char* file_part = "file";

Result<Response> finished(FileTarget& target, const NamedTexts& texts, const Schema& schema, Place place) {
    std::vector<FieldError> errors;
    const auto fields = fields_of(texts, schema, place, errors);
    if (!errors.empty())
        return problem_response(problem_of(std::move(errors)));
    return target.finish(fields);
}

/// The file is the body.
class RawFile final : public BodySink {
  public:
    RawFile(std::unique_ptr<FileTarget> target, NamedTexts texts, Schema schema)
        : target_(std::move(target)), texts_(std::move(texts)), schema_(std::move(schema)) {}

    Result<> write(std::span<const std::byte> piece) override { return target_->write(piece); }
    Result<Response> finish() override { return finished(*target_, texts_, schema_, Place::query); }

  private:
    std::unique_ptr<FileTarget> target_;
    NamedTexts texts_;
    Schema schema_;
};

/// The file is a part of a form.
class FormFile final : public BodySink, private PartHandler {
  public:
    FormFile(std::string_view boundary, std::optional<std::uint64_t> bytes, Schema schema, OpenFile open)
        : parser_(boundary, *this), bytes_(bytes), schema_(std::move(schema)), open_(std::move(open)) {}

    Result<> write(std::span<const std::byte> piece) override {
        return parser_.feed({reinterpret_cast<const char*>(piece.data()), piece.size()});
    }

    Result<Response> finish() override {
        TRY(parser_.finish());
        if (!target_)
            return problem_response(problem_of({FieldError{.in = "form",
                                                           .pointer = std::string("/") + file_part,
                                                           .code = "missing",
                                                           .message = "is required"}}));
        return finished(*target_, texts_, schema_, Place::form);
    }

  private:
    Result<> begin_part(PartHead head) override {
        in_file_ = head.name == file_part;
        if (!in_file_) {
            texts_.emplace_back(std::move(head.name), "");
            return count(texts_.back().first.size());
        }
        if (target_)
            return fail(Code::malformed, "the form has two files", "send one video a request");
        target_ = TRY(open_({.filename = safe_filename(head.filename.value_or("")), .bytes = bytes_}));
        return {};
    }

    Result<> add_to_part(std::string_view bytes) override {
        if (in_file_)
            return target_->write(std::as_bytes(std::span(bytes)));
        texts_.back().second += bytes;
        return count(bytes.size());
    }

    Result<> end_part() override {
        if (!in_file_ && !is_utf8(texts_.back().second))
            return fail(Code::malformed, "the field '" + texts_.back().first + "' of the form is not UTF-8");
        return {};
    }

    Result<> count(std::size_t bytes) {
        field_bytes_ += bytes;
        if (field_bytes_ > fields_bytes_max)
            return fail(Code::limit_exceeded, "the form's fields beside the file have more than " +
                                                  std::to_string(fields_bytes_max) + " bytes");
        return {};
    }

    MultipartParser parser_;
    std::optional<std::uint64_t> bytes_;
    Schema schema_;
    OpenFile open_;
    std::unique_ptr<FileTarget> target_;
    NamedTexts texts_;
    bool in_file_ = false;
    std::size_t field_bytes_ = 0;
};

bool is_control(char byte) noexcept {
    return (byte >= 0 && byte < ' ') || byte == 0x7f;
}

}  // namespace

std::string safe_filename(std::string_view sent) {
    std::string name(sent.substr(sent.find_last_of("/\\") + 1));
    std::erase_if(name, is_control);
    if (!is_utf8(name))
        std::ranges::replace_if(
            name, [](char byte) { return byte < 0; }, '_');
    while (name.size() > filename_bytes_max || !is_utf8(name))
        name.pop_back();
    return name.empty() || name == "." || name == ".." ? "upload" : name;
}

Result<std::unique_ptr<BodySink>> receive_file(const Request& request, const Schema& fields, OpenFile open) {
    const auto type = request.headers.find("Content-Type").value_or("");
    if (equal_ignoring_case(trimmed(type.substr(0, type.find(';'))), "multipart/form-data")) {
        const auto boundary = multipart_boundary(type);
        if (!boundary)
            return fail(Code::malformed, "the Content-Type of multipart/form-data has no usable boundary");
        return std::make_unique<FormFile>(*boundary, request.content_length, fields, std::move(open));
    }
    auto texts = parse_query(request.query);
    if (!texts)
        return fail(Code::malformed, "the query has a broken escape or text that is not UTF-8");
    const auto filename = std::ranges::find(*texts, "filename", &NamedTexts::value_type::first);
    auto target = TRY(open({.filename = safe_filename(filename == texts->end() ? "" : filename->second),
                            .bytes = request.content_length}));
    return std::make_unique<RawFile>(std::move(target), *std::move(texts), fields);
}

}  // namespace posed::api
