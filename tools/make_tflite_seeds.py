#!/usr/bin/env python3
"""Writes the seeds of fuzz_tflite: a network of a few kilobytes in which every operator that BlazePose uses occurs,
and pieces of it. Usage: tools/make_tflite_seeds.py FOLDER"""

import struct
import sys
from pathlib import Path

ADD, CONCATENATION, CONV_2D, DEPTHWISE, DEPTH_TO_SPACE, DEQUANTIZE = 0, 2, 3, 4, 5, 6
LOGISTIC, MAX_POOL, RESHAPE, RESIZE, PAD, DENSIFY = 14, 17, 22, 23, 34, 124
F32, F16, I32 = 0, 1, 2
SAME, VALID = 0, 1
RELU6 = 3


class Table:
    """Fields by number: ("b", 3) for a scalar with its struct code, or a Table, a Vector, a list of Tables."""

    def __init__(self, **fields):
        self.fields = {int(name[1:]): value for name, value in fields.items() if value is not None}


class Vector:
    def __init__(self, code, values, alignment=4):
        self.code, self.values, self.alignment = code, values, alignment


class Writer:
    """Writes parents before children, since offsets in a FlatBuffer count forwards."""

    def __init__(self):
        self.bytes = bytearray()

    def align(self, alignment, before=0):
        while (len(self.bytes) + before) % alignment:
            self.bytes.append(0)

    def point(self, place):
        struct.pack_into("<I", self.bytes, place, len(self.bytes) - place)

    def write(self, value, place):
        """Writes `value` at the end and lets the offset at `place` lead to it."""
        if isinstance(value, Table):
            self.align(4)
            self.write_table(value, place)
        elif isinstance(value, Vector):
            data = struct.pack(f"<{len(value.values)}{value.code}", *value.values)
            self.align(value.alignment, before=4)
            self.point(place)
            self.bytes += struct.pack("<I", len(value.values)) + data
        else:
            self.align(4)
            self.point(place)
            first = len(self.bytes) + 4
            self.bytes += struct.pack("<I", len(value)) + bytes(4 * len(value))
            for i, item in enumerate(value):
                self.write(item, first + 4 * i)

    def write_table(self, table, place):
        count = max(table.fields, default=-1) + 1
        offsets, size = [0] * count, 4
        for number, value in sorted(table.fields.items()):
            width = struct.calcsize(value[0]) if isinstance(value, tuple) else 4
            size += -size % width
            offsets[number] = size
            size += width
        list_place = len(self.bytes)
        self.bytes += struct.pack(f"<{2 + count}H", 4 + 2 * count, size, *offsets)
        self.align(4)
        start = len(self.bytes)
        self.point(place)
        self.bytes += struct.pack("<i", start - list_place) + bytes(size - 4)
        for number, value in sorted(table.fields.items()):
            if isinstance(value, tuple):
                struct.pack_into("<" + value[0], self.bytes, start + offsets[number], value[1])
        for number, value in sorted(table.fields.items()):
            if not isinstance(value, tuple):
                self.write(value, start + offsets[number])


class Network:
    def __init__(self):
        self.tensors, self.buffers, self.operators, self.codes = [], [Table()], [], []

    def tensor(self, shape, kind=F32, data=None, code=None, sparsity=None):
        buffer = 0
        if data is not None:
            raw = struct.pack(f"<{len(data)}{code}", *data)
            buffer = len(self.buffers)
            self.buffers.append(Table(_0=Vector("B", raw, alignment=16)))
        self.tensors.append(
            Table(_0=Vector("i", shape), _1=("b", kind), _2=("I", buffer), _6=sparsity))
        return len(self.tensors) - 1

    def operator(self, code, inputs, output, options=None):
        if code not in self.codes:
            self.codes.append(code)
        self.operators.append(
            Table(_0=("I", self.codes.index(code)), _1=Vector("i", inputs), _2=Vector("i", [output]), _4=options))
        return output

    def weights(self, shape, seed):
        count = 1
        for size in shape:
            count *= size
        halves = [((i * 37 + seed * 11) % 41 - 20) / 64 for i in range(count)]
        stored = self.tensor(shape, F16, halves, "e")
        return self.operator(DEQUANTIZE, [stored], self.tensor(shape))

    def sparse_weights(self, rows, columns, width_code):
        """One value in four is kept, at a place that moves with the row."""
        starts, kept = [0], []
        for row in range(rows):
            kept += list(range(row % 4, columns, 4))
            starts.append(len(kept))
        union = {"i": 1, "H": 2, "B": 3}[width_code]
        index = Table(_0=("b", 1), _2=("B", union), _3=Table(_0=Vector(width_code, starts)), _4=("B", union),
                      _5=Table(_0=Vector(width_code, kept)))
        dense = [Table(_0=("b", 0), _1=("i", size)) for size in (rows, 1, 1)]
        sparsity = Table(_0=Vector("i", [0, 1, 2, 3]), _2=dense + [index])
        shape = [rows, 1, 1, columns]
        stored = self.tensor(shape, F16, [(i % 9 - 4) / 16 for i in range(len(kept))], "e", sparsity)
        densified = self.operator(DENSIFY, [stored], self.tensor(shape, F16))
        return self.operator(DEQUANTIZE, [densified], self.tensor(shape))

    def convolution(self, source, weights, out, shape, padding=SAME, stride=1, activation=0):
        options = Table(_0=("b", padding), _1=("i", stride), _2=("i", stride), _3=("b", activation))
        return self.operator(CONV_2D, [source, weights, self.weights([out], out)], self.tensor(shape), options)

    def depthwise(self, source, size, shape, padding=SAME, stride=1):
        options = Table(_0=("b", padding), _1=("i", stride), _2=("i", stride), _3=("i", 1), _4=("b", RELU6))
        inputs = [source, self.weights([1, size, size, shape[3]], size), self.weights([shape[3]], 1)]
        return self.operator(DEPTHWISE, inputs, self.tensor(shape), options)

    def pad(self, source, amounts, shape):
        return self.operator(PAD, [source, self.tensor([4, 2], I32, amounts, "i")], self.tensor(shape))

    def file(self, inputs, outputs):
        subgraph = Table(_0=self.tensors, _1=Vector("i", inputs), _2=Vector("i", outputs), _3=self.operators)
        codes = [Table(_0=("b", code), _3=("i", code)) for code in self.codes]
        model = Table(_0=("I", 3), _1=codes, _2=[subgraph], _4=self.buffers)
        writer = Writer()
        writer.bytes += bytes(4) + b"TFL3"
        writer.write(model, 0)
        return bytes(writer.bytes)


def every_operator():
    net = Network()
    image = net.tensor([1, 16, 16, 3])
    padded = net.pad(image, [0, 0, 1, 1, 1, 1, 0, 0], [1, 18, 18, 3])
    first = net.convolution(padded, net.weights([8, 3, 3, 3], 2), 8, [1, 8, 8, 8], VALID, 2, RELU6)
    local = net.depthwise(first, 3, [1, 8, 8, 8])
    mixed = net.convolution(local, net.sparse_weights(8, 8, "B"), 8, [1, 8, 8, 8])
    both = net.operator(ADD, [mixed, first], net.tensor([1, 8, 8, 8]), Table(_0=("b", RELU6)))
    half = net.depthwise(both, 5, [1, 4, 4, 8], SAME, 2)
    pool = Table(_0=("b", VALID), _1=("i", 2), _2=("i", 2), _3=("i", 2), _4=("i", 2))
    pooled = net.operator(MAX_POOL, [both], net.tensor([1, 4, 4, 8]), pool)
    wider = net.pad(pooled, [0, 0, 0, 0, 0, 0, 0, 8], [1, 4, 4, 16])
    grown = net.convolution(half, net.sparse_weights(16, 8, "H"), 16, [1, 4, 4, 16])
    joined = net.operator(ADD, [grown, wider], net.tensor([1, 4, 4, 16]), Table())
    size = net.tensor([2], I32, [8, 8], "i")
    resized = net.operator(RESIZE, [joined, size], net.tensor([1, 8, 8, 16]), Table(_3=("?", True)))
    spread = net.operator(DEPTH_TO_SPACE, [joined], net.tensor([1, 8, 8, 4]), Table(_0=("i", 2)))
    head = net.convolution(resized, net.weights([2, 1, 1, 16], 3), 2, [1, 8, 8, 2])
    other = net.convolution(spread, net.sparse_weights(2, 4, "i"), 2, [1, 8, 8, 2])
    flat = [net.operator(RESHAPE, [tensor, net.tensor([3], I32, [1, 128, 1], "i")], net.tensor([1, 128, 1]))
            for tensor in (head, other)]
    scores = net.operator(CONCATENATION, flat, net.tensor([1, 256, 1]), Table(_0=("i", 1)))
    single = net.convolution(joined, net.weights([1, 4, 4, 16], 4), 1, [1, 1, 1, 1], VALID)
    flag = net.operator(LOGISTIC, [single], net.tensor([1, 1, 1, 1]))
    return net.file([image], [scores, flag])


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    whole = every_operator()
    (folder / "every_operator.tflite").write_bytes(whole)
    for part in (1, 2, 3):
        (folder / f"cut_{part}_of_4.tflite").write_bytes(whole[: len(whole) * part // 4])
    (folder / "only_the_head.tflite").write_bytes(whole[:8])
    (folder / "leads_outside.tflite").write_bytes(b"\xff\xff\xff\xffTFL3" + whole[8:64])
    (folder / "empty.tflite").write_bytes(b"")
    (folder / "text.tflite").write_bytes(b"This is not a network.\n")


main()
