#include "database/pool.h"

namespace posed::database {

Lease::~Lease() {
    if (pool_ != nullptr)
        pool_->leave(access_, std::move(session_));
}

Result<> Pool::open_first() {
    auto session = TRY(open_another());
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(session));
    return {};
}

Lease Pool::take(Access access) {
    std::unique_lock lock(mutex_);
    auto& turn = access == Access::write ? writers_turn_ : readers_turn_;
    if (!turn.wait_for(lock, options_.wait_max, [&] { return may_enter_while_locked(access); }))
        throw Unavailable("no session with the database became free within " +
                          std::to_string(options_.wait_max.count()) + " ms");
    ++taken_;
    writing_ = writing_ || access == Access::write;
    Lease lease(*this, access);
    while (!idle_.empty()) {
        lease.session_ = std::move(idle_.back());
        idle_.pop_back();
        if (lease.session_->usable())
            return lease;
    }
    lock.unlock();
    auto opened = open_another();
    if (!opened)
        throw Unavailable(opened.error().message);
    lease.session_ = std::move(*opened);
    return lease;
}

bool Pool::may_enter_while_locked(Access access) const noexcept {
    const bool turn_is_taken = access == Access::write && writing_ && dialect_->has_one_writer();
    return taken_ < options_.sessions_max && !turn_is_taken;
}

void Pool::leave(Access access, std::unique_ptr<Session> session) noexcept {
    const std::scoped_lock lock(mutex_);
    --taken_;
    if (access == Access::write)
        writing_ = false;
    if (session && session->usable())
        idle_.push_back(std::move(session));
    readers_turn_.notify_one();
    writers_turn_.notify_one();
}

}  // namespace posed::database
