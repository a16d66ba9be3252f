#include "api/body_pieces.h"

#include <algorithm>
#include <span>

namespace posed::api {
namespace {

constexpr std::uint64_t piece_bytes = 512 * 1024;

}  // namespace

Piece read_piece(const Application& application, const Request& request, const SourceBody& body,
                 std::uint64_t done) {
    Piece piece;
    piece.failure = application.failure_of(request, [&]() -> Result<> {
        piece.bytes.resize(static_cast<std::size_t>(std::min(piece_bytes, body.size - done)));
        return read_exactly(*body.source, body.offset + done, std::as_writable_bytes(std::span(piece.bytes)),
                            Code::input_output);
    });
    return piece;
}

Piece produce_piece(const Application& application, const Request& request, BodyProducer& producer) {
    Piece piece;
    piece.failure = application.failure_of(request, [&]() -> Result<> {
        piece.bytes = TRY(producer.next());
        return {};
    });
    return piece;
}

EventText poll_events(const Application& application, const Request& request, EventSource& source) {
    EventText result;
    const auto failure = application.failure_of(request, [&]() -> Result<> {
        const auto batch = TRY(source.poll());
        for (const auto& event : batch.events)
            result.text += text_of(event);
        result.ended = batch.ended;
        return {};
    });
    if (failure)
        result.ended = true;
    return result;
}

std::optional<Response> poll_answer(const Application& application, const Request& request,
                                    LateAnswer& answer, LateAnswer::Call call) {
    std::optional<Response> response;
    auto failure = application.failure_of(request, [&]() -> Result<> {
        response = answer.poll(call);
        if (!response && call == LateAnswer::Call::last)
            return fail(Code::internal, "a late answer did not come at its last call");
        return {};
    });
    return failure ? std::move(failure) : std::move(response);
}

}  // namespace posed::api
