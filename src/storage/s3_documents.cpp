#include "storage/s3_documents.h"

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string_view>
#include <utility>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <fmt/format.h>

namespace posed::storage {
namespace {

using Tree = boost::property_tree::ptree;

std::optional<Tree> parse(const std::string& body) {
    try {
        std::istringstream stream(body);
        Tree tree;
        boost::property_tree::read_xml(stream, tree);
        return tree;
    } catch (const boost::property_tree::xml_parser_error&) {
        return std::nullopt;
    }
}

/// The content of the document's outermost element.
Result<Tree> document(const char* name, const std::string& body) {
    auto tree = parse(body);
    if (!tree || tree->count(name) == 0)
        return fail(Code::input_output,
                    fmt::format("the S3 server answered with something that is no {}", name));
    return std::move(tree->get_child(name));
}

std::string text_at(const Tree& tree, const char* path) {
    return tree.get<std::string>(path, "");
}

}  // namespace

std::optional<S3Failure> failure_in(const std::string& body) {
    const auto error = document("Error", body);
    if (error.has_error())
        return std::nullopt;
    return S3Failure{.code = text_at(*error, "Code"), .message = text_at(*error, "Message")};
}

Result<S3Listing> listing_in(const std::string& body) {
    const auto result = TRY(document("ListBucketResult", body));
    S3Listing listing;
    for (const auto& [name, object] : result) {
        if (name == "Contents")
            listing.objects.push_back(
                {.key = text_at(object, "Key"), .bytes = object.get<std::uint64_t>("Size", 0)});
    }
    if (text_at(result, "IsTruncated") == "true")
        listing.next = text_at(result, "NextContinuationToken");
    return listing;
}

Result<std::string> upload_id_in(const std::string& body) {
    const auto result = TRY(document("InitiateMultipartUploadResult", body));
    return text_at(result, "UploadId");
}

Result<std::vector<std::string>> upload_ids_of(const std::string& key, const std::string& body) {
    const auto result = TRY(document("ListMultipartUploadsResult", body));
    std::vector<std::string> ids;
    for (const auto& [name, upload] : result) {
        if (name == "Upload" && text_at(upload, "Key") == key)
            ids.push_back(text_at(upload, "UploadId"));
    }
    return ids;
}

std::string completion_of(std::span<const std::string> tags) {
    std::string body = "<CompleteMultipartUpload>";
    for (std::size_t i = 0; i < tags.size(); ++i)
        body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag></Part>", i + 1, tags[i]);
    return body + "</CompleteMultipartUpload>";
}

}  // namespace posed::storage
