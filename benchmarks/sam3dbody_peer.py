#!/usr/bin/env python3
"""sam3dbody_peer.py DIR BATCH,BATCH... [ROUNDS [DEVICE]]: the peer of sam3dbody-bench on a graphics card: SAM 3D Body of full
size as a plain torch.nn module, the way one writes it down: bfloat16 weights, scaled_dot_product_attention, inference mode,
no graphs. Its weights are made up; the body model is the TorchScript archive in DIR, as with the published files. Per batch:
crops a second, and the backbone's operations over the card's own rate in a product of 8192x8192x8192 on random numbers,
measured in turn. Crops start in pinned memory and results end in the host's, as they do for the engine."""

import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, BLOCKS, HEADS = 1280, 32, 16
TOKEN, LAYERS, TOKEN_HEADS, ATTENTION, POINTS = 1024, 6, 8, 512, 70
ROWS, COLUMNS = 32, 24
ANGLES = 133


def attend(query, key, value, heads):
    query, key, value = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    return F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)


def perceptron(inside, hidden, outside, activation):
    return nn.Sequential(nn.Linear(inside, hidden), activation(), nn.Linear(hidden, outside))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before_attention, self.before_perceptron = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query_key_value, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.perceptron = perceptron(WIDTH, 4 * WIDTH, WIDTH, nn.GELU)

    def forward(self, x):
        x = x + self.out(attend(*self.query_key_value(self.before_attention(x)).chunk(3, -1), HEADS))
        return x + self.perceptron(self.before_perceptron(x))


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, 16, 16, 2)
        self.places = nn.Parameter(torch.randn(1, ROWS * COLUMNS, WIDTH) * 0.02)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.last = nn.LayerNorm(WIDTH)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, pixels):
        pixels = ((pixels - self.mean) / self.deviation).to(self.patches.weight.dtype)
        x = self.patches(pixels).flatten(2).transpose(1, 2) + self.places
        for block in self.blocks:
            x = block(x)
        return self.last(x)


class Rays(nn.Module):
    """Tells each patch in which direction it is seen."""

    def __init__(self):
        super().__init__()
        self.mix, self.norm = nn.Linear(WIDTH + 99, WIDTH, bias=False), nn.LayerNorm(WIDTH, 1e-6)
        self.register_buffer("columns", torch.arange(COLUMNS) * 16.0 + 71.5)
        self.register_buffer("rows", torch.arange(ROWS) * 16.0 + 7.5)
        self.register_buffer("factors", torch.linspace(1, 32, 16))

    def forward(self, features, crop_from_frame, camera):
        def seen(places, axis):
            in_frame = (places - crop_from_frame[:, axis, 2:]) / crop_from_frame[:, axis, axis, None]
            return (in_frame - camera[:, axis, 2:]) / camera[:, axis, axis, None]

        x = seen(self.columns, 0)[:, None, :].expand(-1, ROWS, -1)
        y = seen(self.rows, 1)[:, :, None].expand(-1, -1, COLUMNS)
        rays = torch.stack([x, y, torch.ones_like(x)], -1).flatten(1, 2)
        angles = (rays[..., None] * self.factors).flatten(-2) * torch.pi
        encoded = torch.cat([rays, angles.sin(), angles.cos()], -1).to(features.dtype)
        return self.norm(self.mix(torch.cat([features, encoded], -1)))


class Attention(nn.Module):
    def __init__(self, context):
        super().__init__()
        self.query, self.key = nn.Linear(TOKEN, ATTENTION), nn.Linear(context, ATTENTION)
        self.value, self.out = nn.Linear(context, ATTENTION), nn.Linear(ATTENTION, TOKEN)

    def forward(self, query, key, value):
        return self.out(attend(self.query(query), self.key(key), self.value(value), TOKEN_HEADS))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.augment, self.before_self, self.before_cross, self.before_perceptron = (
            nn.LayerNorm(TOKEN, 1e-6) for _ in range(4)
        )
        self.places, self.context = nn.LayerNorm(WIDTH, 1e-6), nn.LayerNorm(WIDTH, 1e-6)
        self.self_attention, self.cross_attention = Attention(TOKEN), Attention(WIDTH)
        self.perceptron = perceptron(TOKEN, TOKEN, TOKEN, nn.GELU)

    def forward(self, x, augment, context, places, first):
        augment, context = self.augment(augment), self.context(context)
        value = self.before_self(x)
        query = value if first else value + augment
        x = x + self.self_attention(query, query, value)
        x = x + self.cross_attention(self.before_cross(x) + augment, context + self.places(places), context)
        return x + self.perceptron(self.before_perceptron(x))


def unit(x):
    return F.normalize(x, dim=-1)


def euler_angles(six):
    x = unit(six[..., :3])
    z = unit(torch.linalg.cross(x, six[..., 3:]))
    y = torch.linalg.cross(z, x)
    return torch.stack(
        [
            torch.atan2(y[..., 2], z[..., 2]),
            torch.atan2(-x[..., 2], torch.hypot(x[..., 0], x[..., 1])),
            torch.atan2(x[..., 1], x[..., 0]),
        ],
        -1,
    )


class Head(nn.Module):
    """From the pose token to the body: float32, as upstream has it."""

    def __init__(self, archive):
        super().__init__()
        self.pose, self.camera = perceptron(TOKEN, TOKEN, 519, nn.ReLU), perceptron(TOKEN, TOKEN, 3, nn.ReLU)
        self.body = archive
        self.register_buffer("hand_components", torch.randn(54, 54) * 0.1)
        self.register_buffer("scale_components", torch.randn(28, 68) * 0.1)
        self.register_buffer("slots", torch.arange(69 + 58 + 6))
        self.register_buffer("hand_slots", torch.arange(54) + 62)
        with torch.inference_mode():
            vertices, joints = archive(torch.zeros(1, 45), torch.zeros(1, 204), torch.zeros(1, 72), True)
        places = vertices.shape[1] + joints.shape[1]
        self.register_buffer("mapping", torch.rand(POINTS, places) / places)

    def forward(self, token):
        numbers, camera = self.pose(token), self.camera(token)
        batch = len(numbers)
        angles = numbers.new_zeros(batch, ANGLES)
        angles[:, self.slots[:69]] = euler_angles(numbers[:, 6:144].unflatten(1, (23, 6))).flatten(1)
        pairs = numbers[:, 144:260].unflatten(1, (58, 2))
        angles[:, self.slots[69:127]] = torch.atan2(pairs[..., 0], pairs[..., 1])
        angles[:, self.slots[127:]] = numbers[:, 260:266]
        hands = (numbers[:, 339:447].unflatten(1, (2, 54)) @ self.hand_components)[..., :27]
        parameters = numbers.new_zeros(batch, 204)
        parameters[:, 3:6] = euler_angles(numbers[:, :6])
        parameters[:, 6:136] = angles[:, :130]
        parameters[:, self.hand_slots] = hands.flatten(1)
        parameters[:, 136:] = numbers[:, 311:339] @ self.scale_components
        vertices, joints = self.body(numbers[:, 266:311], parameters, numbers.new_zeros(batch, 72), True)
        flipped = torch.tensor([0.01, -0.01, -0.01], device=vertices.device)
        points = self.mapping @ (torch.cat([vertices, joints[..., :3]], 1) * flipped)
        return points, camera, parameters, vertices * flipped


class Model(nn.Module):
    def __init__(self, archive):
        super().__init__()
        self.backbone, self.rays, self.head = Backbone(), Rays(), Head(archive)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.last = nn.LayerNorm(TOKEN, 1e-6)
        self.first = nn.Linear(525, TOKEN)
        self.tokens = nn.Parameter(torch.randn(1, 4 + 2 * POINTS, TOKEN) * 0.02)
        self.places = nn.Parameter(torch.randn(1, ROWS * COLUMNS, WIDTH) * 0.02)
        self.start = nn.Parameter(torch.randn(1, 522) * 0.02)
        self.place_2d, self.place_3d = perceptron(2, TOKEN, TOKEN, nn.ReLU), perceptron(3, TOKEN, TOKEN, nn.ReLU)
        self.features = nn.Linear(WIDTH, TOKEN)

    def forward(self, pixels, center, size, crop_from_frame, camera):
        context = self.rays(self.backbone(pixels), crop_from_frame, camera)
        half, batch, focal_length = context.dtype, len(context), camera[:, 0, 0]
        shift = (center - camera[:, :2, 2]) / focal_length[:, None]
        condition = torch.cat([shift, (size / focal_length)[:, None], self.start.expand(batch, -1)], 1)
        x = torch.cat([self.first(condition.to(half))[:, None], self.tokens.expand(batch, -1, -1)], 1)
        augment = torch.zeros_like(x)
        grid = context.transpose(1, 2).unflatten(2, (ROWS, COLUMNS)).float()
        for i, layer in enumerate(self.layers):
            x = layer(x, augment, context, self.places, i == 0)
            points, numbers, parameters, vertices = self.head(self.last(x)[:, 0].float())
            side = -size * numbers[:, 0] + 1e-8
            away = 2 * focal_length / side
            offset = 2 * (center - camera[:, :2, 2]) / side[:, None]
            translation = torch.stack([numbers[:, 1] + offset[:, 0], offset[:, 1] - numbers[:, 2], away], 1)
            placed = points + translation[:, None]
            seen = ((placed / placed[..., 2:]) @ camera.transpose(1, 2))[..., :2]
            if i + 1 == LAYERS:
                return points, seen, translation, parameters, vertices
            in_crop = (seen @ crop_from_frame[:, :, :2].transpose(1, 2) + crop_from_frame[:, None, :, 2]) / 512 - 0.5
            invalid = ((in_crop.abs() > 0.5).any(-1) | (placed[..., 2] < 1e-5))[..., None]
            places = torch.stack([in_crop[..., 0] * 32 / 12, in_crop[..., 1] * 2], -1)[:, :, None]
            sampled = F.grid_sample(grid, places, align_corners=False)[..., 0].transpose(1, 2).to(half)
            x[:, 5 : 5 + POINTS] += self.features(sampled.masked_fill(invalid, 0))
            augment[:, 5 : 5 + POINTS] = self.place_2d(in_crop.to(half)).masked_fill(invalid, 0)
            hips = points[:, 9:11].mean(1, keepdim=True)
            augment[:, 5 + POINTS :] = self.place_3d((points - hips).to(half))


def noise(count, device):
    """As sam3dbody-bench has it: people in the middle of a 1920x1080 frame."""
    scale = 512 / 900
    maps = torch.tensor([[scale, 0, 256 - scale * 960], [0, scale, 256 - scale * 540]])
    camera = torch.tensor([[2203.0, 0, 960], [0, 2203, 540], [0, 0, 1]])
    batch = [
        torch.rand(count, 3, 512, 384),
        torch.tensor([[960.0, 540]]).repeat(count, 1),
        torch.full((count,), 900.0),
        maps.repeat(count, 1, 1),
        camera.repeat(count, 1, 1),
    ]
    return [x.pin_memory() for x in batch] if device != "cpu" else batch


def timed(work, device):
    begin = time.perf_counter()
    work()
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter() - begin


def measure(model, count, rounds, device, factors, operations):
    batch = noise(count, device)
    pixels = batch[0].to(device)

    def whole():
        results = model(*(x.to(device, non_blocking=True) for x in batch))
        return [x.cpu() for x in results[:4]]  # the engine is measured without its mesh, too

    def product():
        for _ in range(5):
            factors[0] @ factors[1]

    size = factors[0].shape[0]
    for work in (whole, whole, product):
        work()
    rates, backbones, wholes = [], [], []
    for _ in range(rounds):
        rates.append(5 * 2 * size**3 / timed(product, device))
        backbones.append(timed(lambda: model.backbone(pixels), device))
        wholes.append(timed(whole, device))
    rate, backbone, total = map(statistics.median, (rates, backbones, wholes))
    print(f"batch {count}: {count / total:.3f} crops/s, {total / count:.4f} s a crop")
    print(
        f"  backbone {count * operations / backbone / 1e9:.1f} GFLOP/s of {rate / 1e9:.1f} in a product of {size}x{size}x{size}: "
        f"{100 * count * operations / backbone / rate:.0f} %; of the whole run {100 * count * operations / total / rate:.0f} %"
    )


def main(folder, batches, rounds="5", device="cuda"):
    torch.manual_seed(1)
    archive = torch.jit.load(f"{folder}/assets/mhr_model.pt", map_location="cpu").eval()
    model = Model(archive).eval()
    for part in (model.backbone, model.rays.mix, model.rays.norm, model.layers, model.last, model.first, model.features,
                 model.place_2d, model.place_3d):
        part.to(torch.bfloat16)
    for name in ("tokens", "places"):
        setattr(model, name, nn.Parameter(getattr(model, name).to(torch.bfloat16)))
    model.to(device)
    size = 8192 if device != "cpu" else 1024
    factors = [torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2)]
    patches = ROWS * COLUMNS
    operations = 2 * patches * WIDTH * 3 * 256 + BLOCKS * (24 * patches * WIDTH**2 + 4 * patches**2 * WIDTH)
    print(f"peer: torch {torch.__version__} on {torch.cuda.get_device_name() if device != 'cpu' else 'the processor'}")
    with torch.inference_mode():
        for count in batches.split(","):
            measure(model, int(count), int(rounds), device, factors, operations)
    if device != "cpu":
        print(f"memory of the card {torch.cuda.max_memory_reserved() / 1e9:.2f} GB")


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
