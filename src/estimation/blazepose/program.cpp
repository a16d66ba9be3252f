#include "estimation/blazepose/program.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>

#include "estimation/blazepose/buffers.h"
#include "estimation/blazepose/fusion.h"
#include "estimation/blazepose/single_threaded.h"

namespace posed::estimation::blazepose {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using Tag = memory::format_tag;
using Arguments = std::unordered_map<int, memory>;

constexpr auto f32 = memory::data_type::f32;
constexpr auto inference = dnnl::prop_kind::forward_inference;

/// A piece has at least so many multiplications: some five microseconds, that handing it over is worth it.
constexpr std::size_t piece_least = 200'000;

memory::dim dim(std::size_t size) {
    return static_cast<memory::dim>(size);
}

/// oneDNN names the channels before rows and columns, whatever their order in memory.
memory::dims dims_of(const Shape& shape) {
    return {dim(shape[0]), dim(shape[3]), dim(shape[1]), dim(shape[2])};
}

/// Row by row, and the channels of a place together, as in the file: the rows that a piece computes lie
/// together, whatever their number, and stay in the cache of the processor that goes on with them.
memory::desc description(const Shape& shape) {
    return {dims_of(shape), f32, Tag::nhwc};
}

void append_bounds(dnnl::post_ops& operations, const Bounds& bounds) {
    if (std::isfinite(bounds.most))
        operations.append_eltwise(1, algorithm::eltwise_clip, bounds.least, bounds.most);
    else if (std::isfinite(bounds.least))
        operations.append_eltwise(1, algorithm::eltwise_relu, 0, 0);
}

dnnl::primitive_attr attributes(const dnnl::post_ops& operations) {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    attributes.set_post_ops(operations);
    return attributes;
}

/// oneDNN prefers its brgemm kernels where a processor has AVX-512. The ones that it had before, if there are
/// any for what is asked, run these networks 4 to 8 % faster (docs/benchmarks.md). They round a little more:
/// where there are few places, and nothing to gain, the preferred are taken.
dnnl::convolution_forward::primitive_desc without_brgemm(
    const dnnl::convolution_forward::primitive_desc& preferred) {
    auto other = preferred;
    const auto name = [&other] { return std::string_view(other.impl_info_str()); };
    while (name().starts_with("br") && other.next_impl()) {
    }
    return name().starts_with("jit") ? other : preferred;
}

/// Rows of a tensor.
struct Slice {
    std::size_t first;
    std::size_t count;
};

class Builder {
  public:
    Builder(const Model& model, const Schedule& schedule, std::size_t threads)
        : model_(model),
          schedule_(schedule),
          pieces_(threads),
          buffer_of_(model.values.size()),
          uses_(model.values.size()) {
        callers_[model.input] = {};
        for (const auto& parts : schedule.outputs) {
            for (const auto& part : parts)
                callers_[part.value] = {};
        }
    }

    Program build() {
        const auto nodes = fuse(model_, schedule_);
        count_uses(nodes);
        for (const auto& node : nodes) {
            node_ = &node;
            std::visit([this](const auto& operation) { add(operation); }, node.node->operation);
        }
        stream_.wait();
        program_.input = callers_[model_.input];
        for (const auto& parts : schedule_.outputs) {
            for (const auto& part : parts)
                program_.outputs.push_back(callers_[part.value]);
        }
        program_.buffers = buffers_.finish();
        return std::move(program_);
    }

  private:
    void count_uses(const std::vector<FusedNode>& nodes) {
        for (const auto& node : nodes) {
            for (const auto input : node.inputs)
                ++uses_[input];
            if (node.addition)
                ++uses_[node.addition->addend];
        }
    }

    [[nodiscard]] const Shape& shape_of(std::size_t value) const { return model_.values[value].shape; }
    [[nodiscard]] std::span<const float> constant_of(std::size_t value) const {
        return model_.values[value].constant;
    }
    [[nodiscard]] std::size_t input() const { return node_->inputs.front(); }
    [[nodiscard]] const Shape& output_shape() const { return shape_of(node_->output); }

    // Steps and their pieces

    /// Begins a step. Whatever is needed no more by the end of the one before is given back now: until
    /// then its pieces may still read it.
    void begin(const std::vector<Slice>& slices) {
        for (const auto value : done_with_) {
            if (--uses_[value] == 0 && buffer_of_[value] != nullptr)
                buffers_.give_back(buffer_of_[value]);
        }
        done_with_.clear();
        made_.clear();
        slices_ = slices;
        program_.steps.emplace_back(slices.size());
    }

    void begin_whole() { begin({{.first = 0, .count = output_shape()[1]}}); }

    /// How many pieces an operator is worth.
    [[nodiscard]] std::size_t pieces_of(std::size_t multiplications) const {
        return std::clamp<std::size_t>(multiplications / piece_least, 1,
                                       std::min(pieces_, output_shape()[1]));
    }

    /// Begins a step whose pieces compute some rows of the output each.
    void begin_cut(std::size_t multiplications) {
        const auto rows = output_shape()[1];
        const auto count = pieces_of(multiplications);
        std::vector<Slice> slices;
        for (std::size_t i = 0; i < count; ++i) {
            const auto first = i * rows / count;
            slices.push_back({.first = first, .count = (i + 1) * rows / count - first});
        }
        begin(slices);
    }

    /// For an operator that makes each row of the same row of its inputs: goes on with the pieces of the step
    /// before, if that made one of them; what it made is still in the cache then.
    void begin_or_go_on(std::size_t multiplications) {
        const auto is_made = [this](std::size_t value) {
            return std::ranges::find(made_, value) != made_.end();
        };
        if (std::ranges::none_of(node_->inputs, is_made) || slices_.size() < pieces_of(multiplications))
            begin_cut(multiplications);
    }

    /// For an operator that sees its input through a window.
    void begin(const Window& window, std::size_t multiplications) {
        if (window.height == 1 && window.stride_height == 1)
            begin_or_go_on(multiplications);
        else
            begin_cut(multiplications);
    }

    template <class Primitive>
    void call(std::size_t piece, const typename Primitive::primitive_desc& description, Arguments arguments) {
        const auto scratchpad = description.scratchpad_desc();
        if (scratchpad.get_size() > 0)
            arguments[DNNL_ARG_SCRATCHPAD] = memory(scratchpad, engine_);
        program_.steps.back()[piece].push_back({Primitive(description), std::move(arguments)});
    }

    void reorder(const memory& from, const memory& to) {
        program_.steps.back().front().push_back(
            {dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}});
    }

    // Tensors

    /// Memory of a tensor from a number of values on. Where the tensor is the caller's, each run says anew
    /// where it lies.
    memory part(std::size_t value, const memory::desc& description, std::size_t offset) {
        const auto callers = callers_.find(value);
        if (callers == callers_.end())
            return {description, engine_, buffer_of_[value] + offset};
        callers->second.push_back({.memory = {description, engine_, nullptr}, .offset = offset});
        return callers->second.back().memory;
    }

    memory whole(std::size_t value) { return part(value, description(shape_of(value)), 0); }

    memory view(std::size_t value, const Slice& rows) {
        auto shape = shape_of(value);
        const auto offset = rows.first * shape[2] * shape[3];
        shape[1] = rows.count;
        return part(value, description(shape), offset);
    }

    /// What a window sees of the input while it makes some rows of the output.
    struct Seen {
        Slice rows;
        Margins margins;
    };

    [[nodiscard]] Seen seen(const Window& window, const Slice& made) const {
        auto margins = node_->margins;
        const auto height = shape_of(input())[1];
        // Counted from the upper margin's first row.
        const auto first = made.first * window.stride_height;
        const auto end = (made.first + made.count - 1) * window.stride_height + window.height;
        const auto inside = std::max(first, margins.top);
        const auto inside_end = std::min(end, margins.top + height);
        const Slice rows{.first = inside - margins.top, .count = inside_end - inside};
        margins.top = inside - first;
        margins.bottom = end - inside_end;
        return {.rows = rows, .margins = margins};
    }

    void make_output() {
        if (!callers_.contains(node_->output))
            buffer_of_[node_->output] = buffers_.take(count_of(output_shape()) * sizeof(float));
        made_.push_back(node_->output);
    }

    void done() {
        done_with_.insert(done_with_.end(), node_->inputs.begin(), node_->inputs.end());
        if (node_->addition)
            done_with_.push_back(node_->addition->addend);
    }

    /// Makes the output of a node with an addition, in the place of the addend if nobody else needs that.
    void make_sum() {
        in_place_ = node_->addition && uses_[node_->addition->addend] == 1 &&
                    buffer_of_[node_->addition->addend] != nullptr && !callers_.contains(node_->output);
        if (!in_place_)
            return make_output();
        buffer_of_[node_->output] = buffer_of_[node_->addition->addend];
        buffers_.share(buffer_of_[node_->output]);
        made_.push_back(node_->output);
    }

    /// What follows on a convolution or the like. `arguments` gets the addend where it lies elsewhere.
    dnnl::post_ops follow_up(const Bounds& bounds, const Slice& slice, Arguments& arguments) {
        dnnl::post_ops operations;
        append_bounds(operations, bounds);
        if (!node_->addition)
            return operations;
        if (in_place_) {
            operations.append_sum(1);
        } else {
            const auto addend = view(node_->addition->addend, slice);
            arguments[DNNL_ARG_ATTR_MULTIPLE_POST_OP(operations.len()) | DNNL_ARG_SRC_1] = addend;
            operations.append_binary(algorithm::binary_add, addend.get_desc());
        }
        append_bounds(operations, node_->addition->bounds);
        return operations;
    }

    /// A constant of the model in another layout.
    memory constant(const memory::desc& stored, std::span<const float> values, const memory::desc& wanted) {
        // It is only read.
        memory from(stored, engine_, const_cast<float*>(values.data()));
        memory to(wanted, engine_);
        dnnl::reorder(from, to).execute(stream_, from, to);
        return to;
    }

    // Operators

    /// As the file has it, for oneDNN to store in its own way.
    struct Weights {
        memory::desc stored;
        std::span<const float> values;
        std::span<const float> bias;
    };

    dnnl::convolution_forward::primitive_desc convolution_of(const memory::desc& from, const memory::desc& to,
                                                             const Weights& weights, const Window& window,
                                                             const Margins& margins,
                                                             const dnnl::post_ops& operations) {
        const memory::desc any(weights.stored.dims(), f32, Tag::any);
        const memory::desc bias({to.dims()[1]}, f32, Tag::x);
        const dnnl::convolution_forward::desc convolution(
            inference, algorithm::convolution_direct, from, any, bias, to,
            {dim(window.stride_height), dim(window.stride_width)}, {dim(margins.top), dim(margins.left)},
            {dim(margins.bottom), dim(margins.right)});
        const dnnl::convolution_forward::primitive_desc preferred(convolution, attributes(operations),
                                                                  engine_);
        const bool few_places = output_shape()[1] * output_shape()[2] <= 4;
        return few_places ? preferred : without_brgemm(preferred);
    }

    void add_convolution(const Window& window, const Bounds& bounds, const Weights& weights) {
        memory stored, bias;  // by all pieces alike, if oneDNN wants them so
        for (std::size_t i = 0; i < slices_.size(); ++i) {
            const auto [rows, margins] = seen(window, slices_[i]);
            const auto from = view(input(), rows);
            const auto to = view(node_->output, slices_[i]);
            Arguments arguments = {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}};
            const auto operations = follow_up(bounds, slices_[i], arguments);
            const auto description =
                convolution_of(from.get_desc(), to.get_desc(), weights, window, margins, operations);
            if (i == 0 || stored.get_desc() != description.weights_desc())
                stored = constant(weights.stored, weights.values, description.weights_desc());
            if (i == 0)
                bias = constant(description.bias_desc(), weights.bias, description.bias_desc());
            arguments[DNNL_ARG_WEIGHTS] = stored;
            arguments[DNNL_ARG_BIAS] = bias;
            call<dnnl::convolution_forward>(i, description, std::move(arguments));
        }
    }

    void add(const Convolution& operation) {
        const auto& window = operation.window;
        const auto channels = shape_of(input())[3];
        begin(window, count_of(output_shape()) * window.height * window.width * channels);
        make_sum();
        const memory::dims dims = {dim(output_shape()[3]), dim(channels), dim(window.height),
                                   dim(window.width)};
        add_convolution(window, operation.bounds,
                        {.stored = {dims, f32, Tag::ohwi},
                         .values = constant_of(operation.weights),
                         .bias = constant_of(operation.bias)});
        done();
    }

    void add(const DepthwiseConvolution& operation) {
        const auto& window = operation.window;
        const auto channels = dim(output_shape()[3]);
        begin(window, count_of(output_shape()) * window.height * window.width);
        make_output();
        const auto [height, width] = std::pair(dim(window.height), dim(window.width));
        const memory::desc stored(
            {channels, 1, 1, height, width}, f32,
            {1, channels * height * width, channels * height * width, channels * width, channels});
        add_convolution(window, operation.bounds,
                        {.stored = stored,
                         .values = constant_of(operation.weights),
                         .bias = constant_of(operation.bias)});
        done();
    }

    void add(const Pad& operation) {
        begin_whole();
        make_output();
        const auto output = whole(node_->output);
        auto zeros = memory(output.get_desc(), engine_);
        std::fill_n(static_cast<float*>(zeros.get_data_handle()), zeros.get_desc().get_size() / sizeof(float),
                    0.0F);
        reorder(zeros, output);
        const auto inside =
            output.get_desc().submemory_desc(dims_of(shape_of(input())), dims_of(operation.before));
        reorder(whole(input()), part(node_->output, inside, 0));
        done();
    }

    void add(const Addition& operation) {
        begin_or_go_on(count_of(output_shape()));
        make_output();
        dnnl::post_ops operations;
        append_bounds(operations, operation.bounds);
        for (std::size_t i = 0; i < slices_.size(); ++i) {
            const auto first = view(node_->inputs[0], slices_[i]);
            const auto second = view(node_->inputs[1], slices_[i]);
            const auto sum = view(node_->output, slices_[i]);
            const dnnl::binary::desc addition(algorithm::binary_add, first.get_desc(), second.get_desc(),
                                              sum.get_desc());
            call<dnnl::binary>(i, {addition, attributes(operations), engine_},
                               {{DNNL_ARG_SRC_0, first}, {DNNL_ARG_SRC_1, second}, {DNNL_ARG_DST, sum}});
        }
        done();
    }

    /// Not cut: where a row lies between those of the input depends on all rows before it. oneDNN may store
    /// past the caches what it makes, which faults where a caller's memory is not aligned for that.
    void add(const ResizeBilinear&) {
        begin_whole();
        make_sum();
        const auto from = whole(input());
        const auto output = whole(node_->output);
        const bool is_callers = callers_.contains(node_->output);
        const auto to = is_callers ? memory(output.get_desc(), engine_) : output;
        Arguments arguments = {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}};
        constexpr auto infinity = std::numeric_limits<float>::infinity();
        const auto operations = follow_up({.least = -infinity, .most = infinity}, slices_.front(), arguments);
        const dnnl::resampling_forward::desc resampling(inference, algorithm::resampling_linear,
                                                        from.get_desc(), to.get_desc());
        call<dnnl::resampling_forward>(0, {resampling, attributes(operations), engine_},
                                       std::move(arguments));
        if (is_callers)
            reorder(to, output);
        done();
    }

    void add(const MaxPool& operation) {
        const auto& window = operation.window;
        begin(window, count_of(output_shape()) * window.height * window.width);
        make_output();
        dnnl::post_ops operations;
        append_bounds(operations, operation.bounds);
        for (std::size_t i = 0; i < slices_.size(); ++i) {
            const auto [rows, margins] = seen(window, slices_[i]);
            const auto from = view(input(), rows);
            const auto to = view(node_->output, slices_[i]);
            const dnnl::pooling_forward::desc pooling(
                inference, algorithm::pooling_max, from.get_desc(), to.get_desc(),
                {dim(window.stride_height), dim(window.stride_width)},
                {dim(window.height), dim(window.width)}, {dim(margins.top), dim(margins.left)},
                {dim(margins.bottom), dim(margins.right)});
            call<dnnl::pooling_forward>(i, {pooling, attributes(operations), engine_},
                                        {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}});
        }
        done();
    }

    void add(const Logistic&) {
        begin_or_go_on(count_of(output_shape()));
        make_output();
        for (std::size_t i = 0; i < slices_.size(); ++i) {
            const auto from = view(input(), slices_[i]);
            const auto to = view(node_->output, slices_[i]);
            const dnnl::eltwise_forward::desc logistic(inference, algorithm::eltwise_logistic,
                                                       from.get_desc(), 0, 0);
            call<dnnl::eltwise_forward>(i, {logistic, attributes({}), engine_},
                                        {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}});
        }
        done();
    }

    /// Spreads the channels of a place, row by row within it: dy, dx, channel.
    void add(const DepthToSpace& operation) {
        begin_whole();
        make_output();
        const auto rows = dim(shape_of(input())[1]);
        const auto columns = dim(shape_of(input())[2]);
        const auto block = dim(operation.block);
        const auto channels = dim(output_shape()[3]);
        const auto row = columns * block * channels;
        const memory::dims dims = {rows, block, columns, block, channels};
        const memory::desc in_place(dims, f32,
                                    {row * block, block * channels, block * block * channels, channels, 1});
        const memory::desc in_rows(dims, f32, {row * block, row, block * channels, channels, 1});
        reorder(part(input(), in_place, 0), part(node_->output, in_rows, 0));
        done();
    }

    // A schedule runs none.
    void add(const Reshape&) {}
    void add(const Concatenation&) {}

    Program program_;
    const dnnl::engine& engine_ = program_.engine;
    dnnl::stream stream_{engine_};
    const Model& model_;
    const Schedule& schedule_;
    const std::size_t pieces_;
    Buffers buffers_{engine_};
    std::unordered_map<std::size_t, std::vector<Placed>> callers_;  // values
    std::vector<float*> buffer_of_;                                 // every other value
    std::vector<int> uses_;                                         // still to come, per value
    const FusedNode* node_ = nullptr;
    std::vector<Slice> slices_;           // of the step that is being built: one per piece
    std::vector<std::size_t> made_;       // by that step
    std::vector<std::size_t> done_with_;  // values that this step used once more
    bool in_place_ = false;               // whether the node's sum lies where its addend lay
};

}  // namespace

Program build_program(const Model& model, const Schedule& schedule, std::size_t threads) {
    const SingleThreaded single;
    return Builder(model, schedule, threads).build();
}

}  // namespace posed::estimation::blazepose
