#include "api/router.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "api/target.h"

namespace posed::api {
namespace {

/// The more of the first segments are text, the earlier.
template <class Pattern>
bool goes_before(const Pattern& a, const Pattern& b) {
    return std::ranges::lexicographical_compare(
        a, b, {}, [](const auto& segment) { return segment.is_parameter; },
        [](const auto& segment) { return segment.is_parameter; });
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
    std::ranges::stable_sort(routes_, [](const Route& a, const Route& b) {
        return goes_before(compiled(a.pattern), compiled(b.pattern));
    });
    std::set<std::string> shapes;
    for (const auto& route : routes_) {
        patterns_.push_back(compiled(route.pattern));
        std::string shape = name_of(route.method);
        for (const auto& segment : patterns_.back())
            shape += "/" + (segment.is_parameter ? "{}" : segment.text);
        if (!shapes.insert(shape).second)
            throw std::logic_error("two routes for " + std::string(name_of(route.method)) + " " +
                                   route.pattern);
    }
}

Router::Pattern Router::compiled(const std::string& pattern) {
    Pattern compiled;
    auto segments = path_segments(pattern).value();
    for (auto& segment : segments) {
        const bool is_parameter = segment.starts_with('{');
        if (is_parameter)
            segment = segment.substr(1, segment.size() - 2);
        compiled.push_back({std::move(segment), is_parameter});
    }
    return compiled;
}

bool Router::matches(const Pattern& pattern, const std::vector<std::string>& segments) {
    return std::ranges::equal(pattern, segments, [](const Segment& expected, const std::string& segment) {
        return expected.is_parameter ? !segment.empty() : expected.text == segment;
    });
}

std::vector<Method> Router::allowed_by(const std::vector<std::size_t>& found,
                                       const std::vector<Route>& routes) {
    std::set<Method> methods{Method::options};
    for (const auto index : found) {
        methods.insert(routes[index].method);
        if (routes[index].method == Method::get)
            methods.insert(Method::head);
    }
    return {methods.begin(), methods.end()};
}

Router::Match Router::find(Method method, const std::vector<std::string>& segments) const {
    const auto wanted = method == Method::head ? Method::get : method;
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
        // A pattern of the same path with a parameter where the first match has text is another resource.
        if (matches(patterns_[i], segments) &&
            (found.empty() || !goes_before(patterns_[found.front()], patterns_[i])))
            found.push_back(i);
    }
    Match match;
    if (found.empty())
        return match;
    for (const auto index : found) {
        if (routes_[index].method != wanted)
            continue;
        match.route = &routes_[index];
        for (std::size_t i = 0; i < segments.size(); ++i)
            if (patterns_[index][i].is_parameter)
                match.path_values.emplace_back(patterns_[index][i].text, segments[i]);
        return match;
    }
    match.allowed = allowed_by(found, routes_);
    return match;
}

std::string listed(const std::vector<Method>& methods) {
    std::string text;
    for (const auto method : methods)
        text += (text.empty() ? "" : ", ") + std::string(name_of(method));
    return text;
}

std::vector<std::string> parameters_of(const std::string& pattern) {
    std::vector<std::string> names;
    for (auto open = pattern.find('{'); open != std::string::npos; open = pattern.find('{', open + 1))
        names.push_back(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
    return names;
}

}  // namespace posed::api
