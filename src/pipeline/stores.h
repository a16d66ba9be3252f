#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "database/database.h"
#include "storage/object_store.h"

namespace posed::pipeline {

/// Where a service keeps everything, and what gives it times and names. Owned by whoever puts the program
/// together; all of it is thread-safe and outlives the stories that use it. Of a database that is away all
/// stories throw `database::Unavailable`.
struct Stores {
    database::Database& database;
    storage::ObjectStore& objects;
    const Clock& clock;
    Random& random;
};

}  // namespace posed::pipeline
