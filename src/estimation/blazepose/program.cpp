#include "estimation/blazepose/program.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

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

memory::desc description(const Shape& shape, Tag tag) {
    return {dims_of(shape), f32, tag};
}

/// How the channels are laid out: so many of a place together as a register holds. Not by taste: with eight
/// where registers hold 16, a kernel of oneDNN 2.6.3, likely its addition, reads beyond the tensor's end, and
/// the heap is damaged.
Tag preferred_layout() {
    const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
    constexpr auto avx512 = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
    return (isa & avx512) == avx512 ? Tag::nChw16c : Tag::nChw8c;
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

/// Channels of a tensor that one piece of a step computes.
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
          layout_(preferred_layout()),
          block_(layout_ == Tag::nChw16c ? 16 : 8),
          values_(model.values.size()),
          uses_(model.values.size()) {}

    Program build() {
        const auto nodes = fuse(model_, schedule_);
        count_uses(nodes);
        program_.input = memory(description(shape_of(model_.input), Tag::nhwc), engine_, nullptr);
        values_[model_.input] = program_.input;
        for (const auto& node : nodes) {
            node_ = &node;
            std::visit([this](const auto& operation) { add(operation); }, node.node->operation);
        }
        for (const auto& parts : schedule_.outputs) {
            for (const auto& part : parts)
                deliver(part.value);
        }
        stream_.wait();
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
        ++uses_[model_.input];  // whose memory is not ours
        for (const auto& parts : schedule_.outputs) {
            for (const auto& part : parts)
                ++uses_[part.value];
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
            if (--uses_[value] == 0)
                buffers_.give_back(static_cast<float*>(values_[value].get_data_handle()));
        }
        for (const auto& temporary : temporaries_)
            buffers_.give_back(static_cast<float*>(temporary.get_data_handle()));
        done_with_.clear();
        temporaries_.clear();
        made_.clear();
        slices_ = slices;
        program_.steps.emplace_back(slices.size());
    }

    void begin_whole() { begin({{.first = 0, .count = output_shape()[3]}}); }

    /// Begins a step that computes the output channel by channel, cut where the channels' blocks end.
    void begin_cut(std::size_t multiplications) {
        const auto channels = output_shape()[3];
        const auto blocks = (channels + block_ - 1) / block_;
        const auto count =
            std::clamp<std::size_t>(multiplications / piece_least, 1, std::min(pieces_, blocks));
        std::vector<Slice> slices;
        for (std::size_t i = 0; i < count; ++i) {
            const auto first = i * blocks / count * block_;
            const auto end = std::min((i + 1) * blocks / count * block_, channels);
            slices.push_back({.first = first, .count = end - first});
        }
        begin(slices);
    }

    /// For an operator that makes each channel of the same channel of its inputs: goes on with the pieces of
    /// the step before, if that made one of them; what it made is still in the cache then.
    void begin_or_go_on(std::size_t multiplications_each) {
        const auto is_made = [this](std::size_t value) {
            return std::ranges::find(made_, value) != made_.end() && shape_of(value)[3] == output_shape()[3];
        };
        const bool goes_on = std::ranges::any_of(node_->inputs, is_made);
        if (!goes_on)
            begin_cut(count_of(output_shape()) * multiplications_each);
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

    memory make(const memory::desc& description) {
        return {description, engine_, buffers_.take(description.get_size())};
    }

    /// The channels of a tensor in the preferred layout. They lie together: the batch is of one.
    memory view(std::size_t value, const Slice& slice) const {
        auto shape = shape_of(value);
        const auto place = slice.first * shape[1] * shape[2];
        shape[3] = slice.count;
        auto* const data = static_cast<float*>(values_[value].get_data_handle());
        return {description(shape, layout_), engine_, data + place};
    }

    void make_output() {
        values_[node_->output] = make(description(output_shape(), layout_));
        made_.push_back(node_->output);
    }

    void done() {
        done_with_.insert(done_with_.end(), node_->inputs.begin(), node_->inputs.end());
        if (node_->addition)
            done_with_.push_back(node_->addition->addend);
    }

    /// Makes the output of a node with an addition, in the place of the addend if nobody else needs that.
    void make_sum() {
        in_place_ = node_->addition && uses_[node_->addition->addend] == 1;
        if (!in_place_)
            return make_output();
        const auto& addend = values_[node_->addition->addend];
        buffers_.share(static_cast<float*>(addend.get_data_handle()));
        values_[node_->output] = addend;
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

    /// What one piece of a convolution takes.
    struct Taken {
        memory from;
        memory::desc stored_weights;
        std::span<const float> weights;
        std::span<const float> bias;
    };

    dnnl::convolution_forward::primitive_desc convolution_of(const memory::desc& from,
                                                             const memory::desc& weights,
                                                             const memory::desc& to, const Window& window,
                                                             const dnnl::primitive_attr& attributes) {
        const memory::desc bias({to.dims()[1]}, f32, Tag::x);
        const auto& margins = node_->margins;
        const dnnl::convolution_forward::desc convolution(
            inference, algorithm::convolution_direct, from, weights, bias, to,
            {dim(window.stride_height), dim(window.stride_width)}, {dim(margins.top), dim(margins.left)},
            {dim(margins.bottom), dim(margins.right)});
        return {convolution, attributes, engine_};
    }

    void add_convolution(std::size_t piece, const Taken& taken, const Window& window, const Bounds& bounds) {
        const auto& slice = slices_[piece];
        Arguments arguments;
        const auto operations = follow_up(bounds, slice, arguments);
        const auto to = view(node_->output, slice);
        const memory::desc any_weights(taken.stored_weights.dims(), f32, Tag::any);
        const auto description =
            convolution_of(taken.from.get_desc(), any_weights, to.get_desc(), window, attributes(operations));
        arguments[DNNL_ARG_SRC] = taken.from;
        arguments[DNNL_ARG_WEIGHTS] =
            constant(taken.stored_weights, taken.weights, description.weights_desc());
        arguments[DNNL_ARG_BIAS] = constant(description.bias_desc(), taken.bias, description.bias_desc());
        arguments[DNNL_ARG_DST] = to;
        call<dnnl::convolution_forward>(piece, description, std::move(arguments));
    }

    /// The input of a convolution. The network's own has three channels, which convolutions like to have one
    /// after the other.
    memory source(const Convolution& operation) {
        const auto& shape = shape_of(input());
        if (shape[3] >= block_)
            return values_[input()];
        const memory::desc weights({dim(output_shape()[3]), dim(shape[3]), dim(operation.window.height),
                                    dim(operation.window.width)},
                                   f32, Tag::any);
        const auto wanted =
            convolution_of(description(shape, Tag::any), weights, description(output_shape(), layout_),
                           operation.window, attributes({}))
                .src_desc();
        if (values_[input()].get_desc() == wanted)
            return values_[input()];
        begin_whole();
        auto reordered = make(wanted);
        reorder(values_[input()], reordered);
        return reordered;
    }

    void add(const Convolution& operation) {
        const auto& [height, width, stride_height, stride_width, padding] = operation.window;
        const auto channels = shape_of(input())[3];
        const auto each = height * width * channels;
        const auto from = source(operation);
        begin_cut(count_of(output_shape()) * each);
        make_sum();
        for (std::size_t i = 0; i < slices_.size(); ++i) {
            const auto [first, count] = slices_[i];
            const memory::desc stored({dim(count), dim(channels), dim(height), dim(width)}, f32, Tag::ohwi);
            add_convolution(i,
                            {.from = from,
                             .stored_weights = stored,
                             .weights = constant_of(operation.weights).subspan(first * each, count * each),
                             .bias = constant_of(operation.bias).subspan(first, count)},
                            operation.window, operation.bounds);
        }
        if (from.get_data_handle() != values_[input()].get_data_handle())
            temporaries_.push_back(from);
        done();
    }

    void add(const DepthwiseConvolution& operation) {
        const auto& [height, width, stride_height, stride_width, padding] = operation.window;
        const auto channels = dim(output_shape()[3]);
        begin_or_go_on(height * width);
        make_output();
        for (std::size_t i = 0; i < slices_.size(); ++i) {
            const auto [first, count] = slices_[i];
            const memory::desc stored({dim(count), 1, 1, dim(height), dim(width)}, f32,
                                      {1, channels * dim(height * width), channels * dim(height * width),
                                       channels * dim(width), channels});
            add_convolution(i,
                            {.from = view(input(), slices_[i]),
                             .stored_weights = stored,
                             .weights = constant_of(operation.weights).subspan(first),
                             .bias = constant_of(operation.bias).subspan(first, count)},
                            operation.window, operation.bounds);
        }
        done();
    }

    void add(const Pad& operation) {
        begin_whole();
        make_output();
        const auto& output = values_[node_->output];
        auto zeros = memory(output.get_desc(), engine_);
        std::fill_n(static_cast<float*>(zeros.get_data_handle()), zeros.get_desc().get_size() / sizeof(float),
                    0.0F);
        reorder(zeros, output);
        const auto inside =
            output.get_desc().submemory_desc(dims_of(shape_of(input())), dims_of(operation.before));
        reorder(values_[input()], memory(inside, engine_, output.get_data_handle()));
        done();
    }

    void add(const Addition& operation) {
        begin_or_go_on(1);
        make_output();
        for (std::size_t i = 0; i < slices_.size(); ++i) {
            const auto first = view(node_->inputs[0], slices_[i]);
            const auto second = view(node_->inputs[1], slices_[i]);
            const auto sum = view(node_->output, slices_[i]);
            dnnl::post_ops operations;
            append_bounds(operations, operation.bounds);
            const dnnl::binary::desc addition(algorithm::binary_add, first.get_desc(), second.get_desc(),
                                              sum.get_desc());
            call<dnnl::binary>(i, {addition, attributes(operations), engine_},
                               {{DNNL_ARG_SRC_0, first}, {DNNL_ARG_SRC_1, second}, {DNNL_ARG_DST, sum}});
        }
        done();
    }

    void add(const ResizeBilinear&) {
        begin_or_go_on(4);
        make_sum();
        for (std::size_t i = 0; i < slices_.size(); ++i) {
            const auto from = view(input(), slices_[i]);
            const auto to = view(node_->output, slices_[i]);
            Arguments arguments = {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}};
            constexpr auto infinity = std::numeric_limits<float>::infinity();
            const auto operations = follow_up({.least = -infinity, .most = infinity}, slices_[i], arguments);
            const dnnl::resampling_forward::desc resampling(inference, algorithm::resampling_linear,
                                                            from.get_desc(), to.get_desc());
            call<dnnl::resampling_forward>(i, {resampling, attributes(operations), engine_},
                                           std::move(arguments));
        }
        done();
    }

    void add(const MaxPool& operation) {
        const auto& [height, width, stride_height, stride_width, padding] = operation.window;
        const auto& margins = node_->margins;
        begin_or_go_on(height * width);
        make_output();
        for (std::size_t i = 0; i < slices_.size(); ++i) {
            const auto from = view(input(), slices_[i]);
            const auto to = view(node_->output, slices_[i]);
            dnnl::post_ops operations;
            append_bounds(operations, operation.bounds);
            const dnnl::pooling_forward::desc pooling(
                inference, algorithm::pooling_max, from.get_desc(), to.get_desc(),
                {dim(stride_height), dim(stride_width)}, {dim(height), dim(width)},
                {dim(margins.top), dim(margins.left)}, {dim(margins.bottom), dim(margins.right)});
            call<dnnl::pooling_forward>(i, {pooling, attributes(operations), engine_},
                                        {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}});
        }
        done();
    }

    void add(const Logistic&) {
        begin_or_go_on(1);
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

    /// Channel by channel within a place, and so in the file's layout: row, dy, column, dx, channel.
    void add(const DepthToSpace& operation) {
        begin_whole();
        make_output();
        const auto& from = shape_of(input());
        const auto rows = dim(from[1]);
        const auto columns = dim(from[2]);
        const auto block = dim(operation.block);
        const auto channels = dim(output_shape()[3]);
        const auto row = columns * block * channels;
        auto spread = make(description(from, Tag::nhwc));
        auto together = make(description(output_shape(), Tag::nhwc));
        const memory::dims dims = {rows, block, columns, block, channels};
        const memory::desc in_place(dims, f32,
                                    {row * block, block * channels, block * block * channels, channels, 1});
        const memory::desc in_rows(dims, f32, {row * block, row, block * channels, channels, 1});
        reorder(values_[input()], spread);
        reorder(memory(in_place, engine_, spread.get_data_handle()),
                memory(in_rows, engine_, together.get_data_handle()));
        reorder(together, values_[node_->output]);
        temporaries_.insert(temporaries_.end(), {spread, together});
        done();
    }

    // A schedule runs none.
    void add(const Reshape&) {}
    void add(const Concatenation&) {}

    void deliver(std::size_t value) {
        begin({{.first = 0, .count = shape_of(value)[3]}});
        program_.outputs.emplace_back(description(shape_of(value), Tag::nhwc), engine_, nullptr);
        reorder(values_[value], program_.outputs.back());
    }

    dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream_{engine_};
    const Model& model_;
    const Schedule& schedule_;
    const std::size_t pieces_;
    const Tag layout_;
    const std::size_t block_;  // channels that lie together
    Program program_;
    Buffers buffers_{engine_};
    std::vector<memory> values_;
    std::vector<int> uses_;  // still to come, per value
    const FusedNode* node_ = nullptr;
    std::vector<Slice> slices_;           // of the step that is being built: one per piece
    std::vector<std::size_t> made_;       // by that step
    std::vector<std::size_t> done_with_;  // values that this step used once more
    std::vector<memory> temporaries_;     // of that step, no values of the model
    bool in_place_ = false;               // whether the node's sum lies where its addend lay
};

}  // namespace

Program build_program(const Model& model, const Schedule& schedule, std::size_t threads) {
    const SingleThreaded single;
    return Builder(model, schedule, threads).build();
}

}  // namespace posed::estimation::blazepose
