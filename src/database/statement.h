#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <soci/soci.h>

#include "database/dialect.h"
#include "database/row.h"

/// Private to this folder: a prepared statement, and the places its parameters are taken from.
namespace posed::database {

class Statement {
  public:
    /// `earlier`, if there is one, is the same statement, prepared for parameters of other types.
    Statement(soci::session& session, const Dialect& dialect, std::string_view text,
              const Parameters& parameters, const Statement* earlier);

    /// Whether these parameters go into the places that it was prepared with. NULL fits any place.
    [[nodiscard]] bool fits(const Parameters& parameters) const noexcept;

    [[nodiscard]] bool only_reads() const noexcept { return only_reads_; }

    /// Both throw soci::soci_error. Parameters must fit.
    [[nodiscard]] Rows query(const Parameters& parameters);
    std::int64_t execute(const Parameters& parameters);

  private:
    /// SOCI keeps the address of what it binds.
    struct Place {
        std::string name;
        std::variant<std::string, long long, double> content;
        soci::indicator indicator = soci::i_ok;
    };

    void add_places(const Parameters& parameters, const Statement* earlier);
    void bind_places();
    void fill_places(const Parameters& parameters);

    const Dialect& dialect_;
    std::vector<Place> places_;
    soci::statement statement_;
    std::shared_ptr<const Row::Columns> columns_;
    bool only_reads_ = false;
};

}  // namespace posed::database
