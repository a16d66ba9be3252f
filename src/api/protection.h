#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "api/problem.h"
#include "api/response.h"

namespace posed::api {

/// Who may ask. Defaults: the local machine, no token.
struct ProtectionOptions {
    std::vector<std::string> allowed_hosts = {};    ///< names without port, beside localhost and our address
    std::vector<std::string> allowed_origins = {};  ///< "https://studio.example", of web pages elsewhere
    std::string token = {};                         ///< bearer token; empty: none is asked for
};

/// Keeps strangers out: names that somebody else's DNS points at us (Host), web pages that use a visitor's
/// browser (Origin), and callers without the token. Immutable, hence for any thread.
class Protection {
  public:
    explicit Protection(ProtectionOptions options);

    /// `server_address` is the one that the client connected to.
    [[nodiscard]] std::optional<Problem> check_host(std::string_view host,
                                                    std::string_view server_address) const;

    /// Refuses what changes state and comes from a page of another origin.
    [[nodiscard]] std::optional<Problem> check_origin(const Request& request) const;

    [[nodiscard]] std::optional<Problem> check_token(const Request& request) const;

    /// The answer to an OPTIONS request, a preflight of a browser or not.
    [[nodiscard]] Response answer_options(const Request& request, const std::vector<Method>& allowed) const;

    /// What every answer carries.
    void add_headers(const Request& request, Headers& headers) const;

    [[nodiscard]] bool wants_token() const noexcept { return !token_digest_.empty(); }

  private:
    [[nodiscard]] bool is_allowed_origin(std::string_view origin) const noexcept;

    std::vector<std::string> hosts_;
    std::vector<std::string> origins_;
    std::string token_digest_;
};

}  // namespace posed::api
