#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the repositories of videos, estimations and visualizations have in common.
///
/// A repository is a thin class over a transaction that its caller begins and commits; it must not outlive
/// it. What it throws is what the transaction throws. After an error its caller does not commit.
namespace posed::database {

/// The answer to an insert: the new row, or the one that was there already with the same content or recipe.
/// The object of a row that was not made stays on the list of removals.
template <class Record>
struct Inserted {
    Record record;
    bool created = false;
};

/// Which part of a list. `text` is looked for in descriptions and filenames of videos, without regard to the
/// case of ASCII letters. Errors of lists: invalid_argument for a text that is not UTF-8 or holds NUL.
struct ListQuery {
    std::int64_t skip = 0;
    std::int64_t limit = 50;
    std::optional<std::string> text = {};
};

template <class Record>
struct Page {
    std::vector<Record> records;  ///< by ascending id
    std::int64_t total = 0;       ///< of all that match, not only of this page
};

/// What went with a removed row: the rows below it. Their objects are on the list of removals.
struct RemovedRows {
    std::vector<std::int64_t> estimation_ids;
    std::vector<std::int64_t> visualization_ids;
};

}  // namespace posed::database
