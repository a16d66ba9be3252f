#include "pipeline/new_object.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/byte_source.h"
#include "database/removals.h"

namespace posed::pipeline {
namespace {

/// How long an object may go without a byte before the janitor takes its writer for dead, and how often the
/// writer says that it lives.
constexpr std::chrono::minutes announced_for{10};
constexpr std::chrono::minutes announced_every{1};

constexpr std::size_t piece_bytes = 1U << 20U;

}  // namespace

NewObject::NewObject(const Stores& stores, std::string key, std::unique_ptr<storage::ObjectWriter> writer)
    : stores_(stores),
      key_(std::move(key)),
      writer_(std::move(writer)),
      announced_at_(stores.clock.boot_time()) {}

Result<NewObject> NewObject::begin(const Stores& stores, std::string key) {
    auto transaction = stores.database.write();
    database::Removals(transaction).announce(key, transaction.now() + announced_for);
    transaction.commit();
    auto writer = TRY(stores.objects.put(key));
    return NewObject(stores, std::move(key), std::move(writer));
}

Result<> NewObject::write(std::span<const std::byte> bytes) {
    TRY(stay_announced());
    return writer_->write(bytes);
}

Result<std::uint64_t> NewObject::finish() {
    TRY(stay_announced());
    return writer_->finish();
}

void NewObject::let_go() {
    writer_.reset();
    auto transaction = stores_.database.write();
    (void)database::Removals(transaction).extend(key_, transaction.now());
    transaction.commit();
}

Result<> NewObject::stay_announced() {
    const auto now = stores_.clock.boot_time();
    if (now - announced_at_ < announced_every)
        return {};
    auto transaction = stores_.database.write();
    if (!database::Removals(transaction).extend(key_, transaction.now() + announced_for))
        return fail(Code::conflict, "the object was removed because nothing was written to it for too long");
    transaction.commit();
    announced_at_ = now;
    return {};
}

Result<NewObject> store_file(const Stores& stores, std::string key, const std::filesystem::path& file,
                             const std::function<Result<>(std::uint64_t, std::uint64_t)>& report) {
    const auto source = TRY(open_file(file));
    auto object = TRY(NewObject::begin(stores, std::move(key)));
    std::vector<std::byte> piece(piece_bytes);
    for (std::uint64_t offset = 0; offset < source->size(); offset += piece.size()) {
        piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, source->size() - offset)));
        TRY(read_exactly(*source, offset, piece, Code::input_output));
        TRY(object.write(piece));
        TRY(report(offset + piece.size(), source->size()));
    }
    TRY(object.finish());
    return object;
}

}  // namespace posed::pipeline
