#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "database/database.h"
#include "database/dialect.h"
#include "database/statement.h"

/// Private to this folder: one connection, with the statements it has prepared.
namespace posed::database {

/// For one thread at a time. Calls throw Unavailable, ConstraintViolation, or std::logic_error for a mistake
/// in the program. No message of theirs holds a value.
class Session {
  public:
    /// Errors: unavailable.
    [[nodiscard]] static Result<std::unique_ptr<Session>> open(const Dialect& dialect);

    void begin(Access access);
    void commit();
    void roll_back() noexcept;

    [[nodiscard]] Rows query(std::string_view statement, const Parameters& parameters);
    std::int64_t execute(std::string_view statement, const Parameters& parameters);
    [[nodiscard]] bool has_table(std::string_view name);
    [[nodiscard]] std::chrono::microseconds now();
    [[nodiscard]] std::int64_t data_version();
    void lock_schema();

    /// False after an outage: then it has to be replaced, for sessions do not heal.
    [[nodiscard]] bool usable() const noexcept { return usable_ && dialect_.is_connected(*connection_); }

  private:
    Session(const Dialect& dialect, std::unique_ptr<soci::session> connection) noexcept
        : dialect_(dialect), connection_(std::move(connection)) {}

    template <class Work>
    auto with_our_exceptions(Work work);

    Statement& prepared(std::string_view text, const Parameters& parameters);
    Statement& allowed(Statement& statement) const;
    void control(std::string_view text);  ///< BEGIN, COMMIT and ROLLBACK

    const Dialect& dialect_;
    std::unique_ptr<soci::session> connection_;
    std::map<std::string, std::unique_ptr<Statement>, std::less<>> statements_;  ///< by their text
    Access access_ = Access::write;
    bool usable_ = true;
    bool failed_ = false;  ///< the transaction
};

}  // namespace posed::database
