#include "tasks/registration.h"

#include <algorithm>

namespace posed::tasks {
namespace {

using database::Row;
using database::Transaction;
using database::Value;

bool insert(Transaction& transaction, const Registration& worker) {
    return transaction.execute(R"(
        INSERT INTO workers (id, queue, host, binary_version, slots, registered_at, heartbeat_at)
        VALUES (:id, :queue, :host, :version, :slots, :now, :now))",
                               {{"id", worker.id},
                                {"queue", worker.queue},
                                {"host", worker.host},
                                {"version", worker.version},
                                {"slots", worker.slots},
                                {"now", transaction.now()}}) == 1;
}
