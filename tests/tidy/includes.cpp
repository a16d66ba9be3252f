#include "tests/tidy/includes.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace posed::tidy {
namespace {

constexpr const char* anyone = "anyone";
constexpr const char* tests = "tests";

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::ranges::find(list, item) != list.end();
}

std::string joined(const auto& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "nothing" : text;
}

std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields;
    std::istringstream stream{std::string(line)};
    for (std::string field; std::getline(stream, field, ':');)
        fields.push_back(field);
    fields.resize(3);
    return fields;
}

void parse_line(Layers& layers, std::string_view line) {
    const auto fields = fields_of(line);
    const auto head = words_of(fields[0]);
    if (head.size() != 2)
        throw std::runtime_error("not understood: " + std::string(line));
    if (head[0] == "library") {
        layers.libraries.push_back({head[1], words_of(fields[1]), words_of(fields[2])});
        return;
    }
    auto& allowed = layers.folders[head[1]];
    for (const auto& folder : words_of(fields[1])) {
        if (folder == head[1] || !layers.folders.contains(folder))
            throw std::runtime_error(head[1] + " names " + folder + ", which does not stand above it");
        allowed.insert(folder);
    }
}

/// What the table calls the place of a file: a folder of src/, or `tests`, `fuzz`, `benchmarks`.
std::string place_of(std::string_view path, const Layers& layers) {
    if (!path.starts_with("src/"))
        return std::string(path.substr(0, path.find('/')));
    path.remove_prefix(4);
    for (auto end = path.rfind('/'); end != std::string_view::npos; end = path.rfind('/', end - 1)) {
        const auto folder = path.substr(0, end);
        if (layers.folders.contains(std::string(folder)))
            return std::string(folder);
        if (end == 0)
            break;
    }
    return path.find('/') == std::string_view::npos ? "program" : std::string(path.substr(0, path.find('/')));
}

class Checker {
  public:
    Checker(const std::vector<Source>& sources, const Layers& layers) : layers_(layers) {
        for (const auto& source : sources)
            sources_.emplace(source.path, &source);
    }

    std::vector<Violation> run() {
        for (const auto& [path, source] : sources_) {
            for (const auto& include : source->includes)
                include.quoted ? check_ours(*source, include) : check_theirs(*source, include);
        }
        return std::move(violations_);
    }

  private:
    void complain(const Source& source, const Include& include, std::string message) {
        violations_.push_back({source.path, include.line, std::move(message)});
    }

    [[nodiscard]] const Source* find(const Include& include) const {
        for (const auto* root : {"src/", ""}) {
            if (const auto found = sources_.find(root + include.path); found != sources_.end())
                return found->second;
        }
        return nullptr;
    }

    void check_ours(const Source& source, const Include& include) {
        const auto* target = find(include);
        if (target == nullptr) {
            complain(source, include,
                     "no file of the project: \"" + include.path + "\" (paths start at src/)");
            return;
        }
        const auto from = place_of(source.path, layers_);
        const auto to = place_of(target->path, layers_);
        if (source.path.starts_with("src/") && is_test(target->path) && !is_test(source.path))
            complain(source, include, "only tests may include " + target->path);
        else if (source.path.starts_with("src/") && from != to && to != tests)
            check_folders(source, include, from, to);
        check_reach(source, include, *target);
    }

    void check_folders(const Source& source, const Include& include, const std::string& from,
                       const std::string& to) {
        const auto row = layers_.folders.find(from);
        if (row == layers_.folders.end())
            complain(source, include, "the folder " + from + " is not in the include table");
        else if (!row->second.contains(to))
            complain(source, include,
                     from + " may not include " + to + " (allowed: " + joined(row->second) + ")");
    }

    void check_theirs(const Source& source, const Include& include) {
        const auto& path = include.path;
        if (path.find('/') == std::string::npos && !path.ends_with(".h"))
            return;
        const auto* library = library_of(path);
        if (library == nullptr)
            complain(source, include, "<" + path + "> is of no library in the include table");
        else if (!may_use(source, *library))
            complain(source, include,
                     "<" + path + "> of " + library->name + " is only for " + joined(library->users));
    }

    /// A library's header that `source` sees through the header `target` of a folder that may include it.
    void check_reach(const Source& source, const Include& include, const Source& target) {
        std::set<const Source*> seen{&source};
        std::vector<const Source*> left{&target};
        while (!left.empty()) {
            const auto* header = left.back();
            left.pop_back();
            if (!seen.insert(header).second)
                continue;
            for (const auto& next : header->includes) {
                const auto* library = next.quoted ? nullptr : library_of(next.path);
                if (library != nullptr && may_use(*header, *library) && !may_use(source, *library))
                    complain(source, include,
                             "reaches <" + next.path + "> of " + library->name + " through " + header->path +
                                 "; only " + joined(library->users) + " may");
                if (const auto* further = next.quoted ? find(next) : nullptr)
                    left.push_back(further);
            }
        }
    }

    [[nodiscard]] const Library* library_of(const std::string& path) const {
        const auto found = std::ranges::find_if(layers_.libraries, [&](const Library& library) {
            return std::ranges::any_of(library.headers,
                                       [&](const auto& start) { return path.starts_with(start); });
        });
        return found == layers_.libraries.end() ? nullptr : &*found;
    }

    [[nodiscard]] bool may_use(const Source& source, const Library& library) const {
        return contains(library.users, anyone) || contains(library.users, place_of(source.path, layers_)) ||
               (is_test(source.path) && contains(library.users, tests));
    }

    const Layers& layers_;
    std::map<std::string, const Source*> sources_;
    std::vector<Violation> violations_;
};

}  // namespace

Layers parse_layers(std::string_view text) {
    Layers layers;
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) {
        if (!line.empty() && !line.starts_with('#'))
            parse_line(layers, line);
    }
    return layers;
}

std::vector<Violation> check_includes(const std::vector<Source>& sources, const Layers& layers) {
    return Checker(sources, layers).run();
}

}  // namespace posed::tidy
