#include "tests/service/running_service.h"

#include <csignal>
#include <stdexcept>

namespace posed::tests {

RunningService::RunningService(const std::vector<std::string>& environment)
    : process_({posed_program(), "run", "--port", "0", "--data-dir", data_.path()},
               {.set = environment, .folder = data_.path()}) {
    if (!process_.wait_until_printed("Ctrl-C stops it"))
        throw std::runtime_error("the service did not start: " + process_.wait().errors);
    const auto printed = process_.printed();
    const auto begin = printed.find("http://");
    url_ = printed.substr(begin, printed.find("/docs") - begin);
}

pid_t RunningService::process_of(const std::string& name) const {
    const auto said = process_.said();
    const auto line = said.find("\"program\":\"" + name + '"');
    const std::string field = "\"process\":";
    return std::stoi(said.substr(said.find(field, line) + field.size()));
}

RunningService::~RunningService() {
    process_.signal(SIGTERM);
    static_cast<void>(process_.wait());
}

}  // namespace posed::tests
