#pragma once

#include <optional>
#include <string>

#include "api/application.h"
#include "api/response.h"

/// The bodies of answers piece by piece, each function one job of the blocking pool. None throws.
namespace posed::api {

/// A piece of a body; `failure` says why there is none.
struct Piece {
    std::string bytes = {};
    std::optional<Response> failure = {};
};

/// The part of the body from `done` on, at most half a megabyte.
[[nodiscard]] Piece read_piece(const Application& application, const Request& request, const SourceBody& body,
                               std::uint64_t done);

/// What the producer makes next; empty at the end.
[[nodiscard]] Piece produce_piece(const Application& application, const Request& request,
                                  BodyProducer& producer);

/// The events as they are sent.
struct EventText {
    std::string text;
    bool ended = false;
};

/// A failing source ends its stream.
[[nodiscard]] EventText poll_events(const Application& application, const Request& request,
                                    EventSource& source);

/// Nothing: not yet. The last call answers always.
[[nodiscard]] std::optional<Response> poll_answer(const Application& application, const Request& request,
                                                  LateAnswer& answer, LateAnswer::Call call);

}  // namespace posed::api
