#include "estimation/blazepose/schedule.h"

#include <algorithm>
#include <string>

#include "estimation/blazepose/tflite_file.h"

namespace posed::estimation::blazepose {
namespace {

// The detector's two outputs have three each.
constexpr std::size_t parts_max = 16;

/// Per value, the node that makes it; null for the input and constants.
std::vector<const Node*> makers_of(const Model& model) {
    std::vector<const Node*> makers(model.values.size());
    for (const auto& node : model.nodes)
        makers[node.output] = &node;
    return makers;
}

Result<std::vector<OutputPart>> parts_of(std::size_t wanted, const Model& model,
                                         const std::vector<const Node*>& makers) {
    std::vector<OutputPart> parts;
    std::vector<std::size_t> open = {wanted};  // the next one last
    while (!open.empty()) {
        const auto value = open.back();
        open.pop_back();
        if (makers[value] == nullptr)
            return corrupt_model("an output is no more than its input");
        const auto& operation = makers[value]->operation;
        if (std::holds_alternative<Concatenation>(operation) || std::holds_alternative<Reshape>(operation)) {
            const auto inputs = inputs_of(operation);
            open.insert(open.end(), inputs.rbegin(), inputs.rend());
        } else {
            parts.push_back({value, count_of(model.values[value].shape)});
        }
        if (parts.size() + open.size() > parts_max)
            return corrupt_model("an output is concatenated of too many tensors");
    }
    return parts;
}

Result<void> require_distinct(const std::vector<std::vector<OutputPart>>& outputs) {
    std::vector<std::size_t> values;
    for (const auto& parts : outputs) {
        for (const auto& part : parts)
            values.push_back(part.value);
    }
    std::ranges::sort(values);
    if (std::ranges::adjacent_find(values) != values.end())
        return corrupt_model("a tensor stands twice in its outputs");
    return {};
}

}  // namespace

Result<Schedule> schedule_for(const Model& model, std::span<const std::size_t> wanted) {
    const auto makers = makers_of(model);
    Schedule schedule;
    std::vector<bool> needed(model.values.size());
    for (const auto value : wanted) {
        schedule.outputs.push_back(TRY(parts_of(value, model, makers)));
        for (const auto& part : schedule.outputs.back())
            needed[part.value] = true;
    }
    TRY(require_distinct(schedule.outputs));
    for (auto i = model.nodes.size(); i-- > 0;) {
        const auto& node = model.nodes[i];
        if (!needed[node.output])
            continue;
        if (std::holds_alternative<Concatenation>(node.operation))
            return corrupt_model("tensors are concatenated before the end");
        for (const auto input : inputs_of(node.operation))
            needed[input] = true;
        schedule.nodes.push_back(&node);
    }
    std::ranges::reverse(schedule.nodes);
    return schedule;
}

}  // namespace posed::estimation::blazepose
