#include "api/server.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/resource.h>

#include "api/blocking_pool.h"
#include "api/connection.h"

namespace posed::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// How long to wait for a descriptor to become free.
constexpr std::chrono::milliseconds accept_pause{100};

class Listening final : public Server {
  public:
    Listening(const ServerOptions& options, Application& application, Log& log)
        : options_(options),
          log_(log),
          loops_(std::max(1U, options.io_threads)),
          pool_(options.pool_threads),
          acceptor_(loops_.front().context),
          pause_(acceptor_.get_executor()),
          parts_{.pool = pool_,
                 .application = application,
                 .limits = options_.limits,
                 .waiting = waiting_,
                 .ended = [this](std::uint64_t number) { forget(number); }} {}

    ~Listening() override { stop(); }

    Result<> listen() {
        error_code error;
        tcp::resolver resolver(loops_.front().context);
        const auto found = resolver.resolve(options_.host, std::to_string(options_.port), error);
        if (error || found.empty())
            return fail(Code::invalid_argument,
                        "the host '" + options_.host + "' has no address: " + error.message());
        const auto endpoint = found.begin()->endpoint();
        acceptor_.open(endpoint.protocol(), error);
        if (!error)
            acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error)
            acceptor_.bind(endpoint, error);
        if (!error)
            acceptor_.listen(asio::socket_base::max_listen_connections, error);
        if (error)
            return refused(error);
        port_ = acceptor_.local_endpoint(error).port();
        return {};
    }

    void start() {
        accept();
        for (auto& loop : loops_)
            threads_.emplace_back([&loop] { loop.context.run(); });
    }

    std::uint16_t port() const noexcept override { return port_; }

    std::size_t connections() const noexcept override {
        const std::lock_guard lock(mutex_);
        return connections_.size();
    }

    void wake_streams() override { each(&Connection::wake); }

    void stop() override {
        if (threads_.empty())
            return;
        stopping_ = true;
        asio::post(acceptor_.get_executor(), [this] {
            error_code ignored;
            acceptor_.close(ignored);
            pause_.cancel();
        });
        each(&Connection::end_soon);
        if (!all_ended_within(options_.stop_grace))
            each(&Connection::close);
        all_ended_within(options_.stop_grace);
        pool_.join();
        for (auto& loop : loops_)
            loop.context.stop();
        for (auto& thread : threads_)
            thread.join();
        threads_.clear();
    }

  private:
    Error refused(const error_code& error) const {
        const auto where = options_.host + ":" + std::to_string(options_.port);
        if (error == asio::error::address_in_use)
            return fail(Code::conflict, where + " is in use",
                        "choose another port, or stop what listens there");
        if (error == asio::error::access_denied)
            return fail(Code::permission_denied, "not allowed to listen on " + where,
                        "choose a port above 1023");
        return fail(Code::unavailable, "cannot listen on " + where + ": " + error.message());
    }

    void accept() {
        acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
            if (stopping_)
                return;
            if (!error) {
                admit(std::move(socket));
                accept();
                return;
            }
            if (error != asio::error::connection_aborted)
                log_.warning("cannot accept a connection: " + error.message());
            pause_.expires_after(accept_pause);
            pause_.async_wait([this](const error_code&) {
                if (!stopping_)
                    accept();
            });
        });
    }

    void admit(tcp::socket socket) {
        static constexpr std::string_view full =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: "
            "close\r\n\r\n";
        error_code error;
        const std::lock_guard lock(mutex_);
        if (stopping_)
            return;
        if (connections_.size() >= options_.limits.connections_max) {
            socket.non_blocking(true, error);
            socket.write_some(asio::buffer(full), error);
            return;
        }
        const auto descriptor = socket.release(error);
        if (error)
            return;
        const auto number = ++last_number_;
        auto& context = loops_[number % loops_.size()].context;
        connections_.emplace(number, start_connection(descriptor, number, context, parts_));
    }

    void forget(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        connections_.erase(number);
        if (connections_.empty())
            ended_.notify_all();
    }

    void each(void (Connection::*function)()) {
        const std::lock_guard lock(mutex_);
        for (const auto& [number, connection] : connections_)
            if (const auto alive = connection.lock())
                (*alive.*function)();
    }

    bool all_ended_within(std::chrono::milliseconds grace) {
        std::unique_lock lock(mutex_);
        return ended_.wait_for(lock, grace, [this] { return connections_.empty(); });
    }

    /// One thread's own: threads that share a context wake each other for every step of every request.
    struct Loop {
        asio::io_context context{1};
        asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    };

    ServerOptions options_;
    Log& log_;
    std::deque<Loop> loops_;
    BlockingPool pool_;
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    ConnectionParts parts_;
    std::atomic<std::size_t> waiting_ = 0;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::vector<std::thread> threads_;

    mutable std::mutex mutex_;
    std::condition_variable ended_;
    std::map<std::uint64_t, std::weak_ptr<Connection>> connections_;
    std::uint64_t last_number_ = 0;
};

}  // namespace

Result<std::unique_ptr<Server>> open_server(const ServerOptions& options, Application& application,
                                            Log& log) {
    auto server = std::make_unique<Listening>(options, application, log);
    TRY(server->listen());
    server->start();
    return server;
}

std::size_t raise_open_file_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

}  // namespace posed::api
