#include "api/metrics_text.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace posed::api {
namespace {

/// The lines of one metric: what it is, then its samples.
struct Family {
    std::string about;
    std::string samples;
};

/// By name, which also is the order of the text.
using Families = std::map<std::string, Family, std::less<>>;

/// "posed_tasks" of "# HELP posed_tasks Open tasks."; empty for a sample.
std::string_view name_told_by(std::string_view line) {
    for (const std::string_view start : {"# HELP ", "# TYPE "}) {
        if (line.starts_with(start)) {
            line.remove_prefix(start.size());
            return line.substr(0, line.find(' '));
        }
    }
    return {};
}

/// `name{a="b"} 1` or `name 1` with one more label.
std::string labelled(std::string_view sample, const std::string& label) {
    const auto name_end = std::min(sample.find_first_of("{ "), sample.size());
    std::string text(sample.substr(0, name_end));
    const auto rest = sample.substr(name_end);
    return text + "{" + label +
           (rest.starts_with('{') ? "," + std::string(rest.substr(1)) : "}" + std::string(rest));
}

/// `label` is empty for the process itself.
void add(Families& families, std::string_view text, const std::string& label) {
    Family* family = nullptr;
    bool told_before = false;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (const auto name = name_told_by(line); !name.empty()) {
            const auto known = families.find(name);
            if (line.starts_with("# HELP"))
                told_before = known != families.end();
            family = &families[std::string(name)];
            if (!told_before)
                family->about.append(line).append("\n");
        } else if (family != nullptr && !line.empty()) {
            family->samples.append(label.empty() ? std::string(line) : labelled(line, label)).append("\n");
        }
    }
}

}  // namespace

std::string merged_metrics(const std::string& own, const std::vector<pipeline::WorkerMetrics>& workers) {
    Families families;
    add(families, own, "");
    for (const auto& worker : workers)
        add(families, worker.text, "worker=\"" + worker.worker + "\"");
    std::string text;
    for (const auto& [name, family] : families)
        text += family.about + family.samples;
    return text;
}

}  // namespace posed::api
