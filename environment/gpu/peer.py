"""Times PyTorch, Captum and zennit for gpu-check: prints what they are, then answers each question (a line of JSON) with milliseconds.

usage: peer.py cuda|cpu

A question names a network, a method as `sightline bench-cost` calls it, or `forward` or `training`, and a batch size. The answer is null
where a package or a method is missing.
"""
import json
import sys
import time
import types

import torch
from torch import nn

try:
    import torchvision  # noqa: F401  (Captum and zennit import it)
except ImportError:
    pass
except RuntimeError:
    # A torchvision built for another PyTorch: its networks work without its own operators.
    for module in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[module]
    sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
try:
    import captum
    from captum import attr as captum_attr
except ImportError:
    captum = captum_attr = None
try:
    from zennit import composites
    from zennit.attribution import Gradient
except ImportError:
    composites = Gradient = None

device = torch.device(sys.argv[1] if sys.argv[1] == "cpu" or torch.cuda.is_available() else "cpu")


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu2 = nn.ReLU()
        same = stride == 1 and inputs == outputs
        self.short = None if same else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(y + (x if self.short is None else self.short(x)))


def stem():
    return [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]


def resnet18(classes):
    widths = [64, 64, 128, 256, 512]
    blocks = [
        Residual(widths[i] if b == 0 else widths[i + 1], widths[i + 1], 2 if i > 0 and b == 0 else 1)
        for i in range(4)
        for b in range(2)
    ]
    return nn.Sequential(*stem(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


class Dense(nn.Module):
    def __init__(self, inputs, growth=32):
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, 4 * growth, 1, bias=False),
            nn.BatchNorm2d(4 * growth), nn.ReLU(), nn.Conv2d(4 * growth, growth, 3, 1, 1, bias=False),
        )

    def forward(self, x):
        return torch.cat([x, self.layers(x)], 1)


def densenet121(classes):
    parts, width = stem(), 64
    for i, layers in enumerate([6, 12, 24, 16]):
        if i > 0:
            parts += [nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width // 2, 1, bias=False), nn.AvgPool2d(2)]
            width //= 2
        for _ in range(layers):
            parts.append(Dense(width))
            width += 32
    return nn.Sequential(*parts, nn.BatchNorm2d(width), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))


class Transformer(nn.Module):
    def __init__(self, classes, width=384, heads=6, depth=12, patch=16):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.zeros(1, (224 // patch) ** 2 + 1, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, depth, nn.LayerNorm(width), enable_nested_tensor=False)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], 1) + self.places
        return self.head(self.layers(tokens)[:, 0])


NETWORKS = {"resnet18": resnet18, "densenet121": densenet121, "vit-s16": Transformer}
kept = {}


def network(name, classes=1000):
    if kept.get("name") != (name, classes):
        kept.clear()
        torch.manual_seed(0)
        kept.update(name=(name, classes), model=NETWORKS[name](classes).to(device).eval())
    return kept["model"]


def zennit_pass(model, composite):
    def once(x, target):
        with Gradient(model, composite) as attributor:
            return attributor(x, torch.eye(1000, device=device)[target])

    return once


def last_maps(model):
    """The last layer with maps: a residual block, or the last convolution."""
    found = [m for m in model.modules() if isinstance(m, (Residual, Dense, nn.Conv2d))]
    return [m for m in found if isinstance(m, (Residual, Dense))][-1:] or found[-1:]


def rise(model, masks):
    def once(x, target):
        total = torch.zeros(len(x), 1, *x.shape[2:], device=device)
        for _ in range(masks):
            cells = (torch.rand(1, 1, 8, 8, device=device) < 0.5).float()
            mask = nn.functional.interpolate(cells, x.shape[2:], mode="bilinear")
            with torch.no_grad():
                scores = model(x * mask)[range(len(x)), target]
            total += scores[:, None, None, None] * mask
        return total

    return once


def method_of(name, model):
    method, *options = name.split(" ")
    options = dict(option.split("=") for option in options)
    if method == "forward":
        def once(x, target):
            with torch.no_grad():
                return model(x)

        return once
    if method == "rise":
        return rise(model, int(options["masks"]))
    if method == "lrp" and composites is not None and not isinstance(model, Transformer):
        known = {
            "epsilon": composites.EpsilonPlus, "epsilon-plus": composites.EpsilonPlus,
            "gamma": composites.EpsilonGammaBox, "epsilon-alpha2-beta1": composites.EpsilonAlpha2Beta1,
        }
        made = known[options["composite"]]
        return zennit_pass(model, made(low=-3.0, high=3.0) if made is composites.EpsilonGammaBox else made())
    if captum_attr is None:
        return None
    if method == "gradient":
        saliency = captum_attr.Saliency(model)
        return lambda x, target: saliency.attribute(x, target, abs=False)
    if method == "input-x-gradient":
        return captum_attr.InputXGradient(model).attribute
    if method == "guided-backprop":
        guided = captum_attr.GuidedBackprop(model)
        return guided.attribute
    if method == "deeplift" and not isinstance(model, Transformer):
        deeplift = captum_attr.DeepLift(model)
        return lambda x, target: deeplift.attribute(x, target=target)
    if method == "gradcam" and not isinstance(model, Transformer):
        return captum_attr.LayerGradCam(model, last_maps(model)[0]).attribute
    if method == "integrated-gradients":
        integrated = captum_attr.IntegratedGradients(model)
        steps = int(options["steps"])
        return lambda x, target: integrated.attribute(x, target=target, n_steps=steps, internal_batch_size=max(64, len(x)))
    if method == "occlusion":
        side, stride = int(options["window"]), int(options["stride"])
        occlusion = captum_attr.Occlusion(model)
        return lambda x, target: occlusion.attribute(x, (3, side, side), (3, stride, stride), target=target, perturbations_per_eval=4)
    return None


def training(name):
    model = network(name, 2).train()
    optimiser = torch.optim.AdamW(model.parameters(), 1e-4)

    def once(x, target):
        optimiser.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(model(x), target % 2).backward()
        optimiser.step()

    return once


def finish():
    if device.type == "cuda":
        torch.cuda.synchronize()


def measure(question):
    key = json.dumps(question)
    if kept.get("question") != key:
        name, method = question["network"], question["method"]
        once = training(name) if method == "training" else method_of(method, network(name))
        if once is None:
            return None
        x = torch.randn(question["batch"], 3, 224, 224, device=device)
        target = torch.arange(question["batch"], device=device)
        once(x, target)
        finish()
        kept.update(question=key, once=once, given=(x, target))
    begun = time.perf_counter()
    kept["once"](*kept["given"])
    finish()
    return 1000 * (time.perf_counter() - begun)


def main():
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    found = [f"PyTorch {torch.__version__}", f"Captum {captum.__version__}" if captum else "", "zennit" if composites else ""]
    print(f"{', '.join(part for part in found if part)} on {card}", flush=True)
    for line in sys.stdin:
        try:
            answer = measure(json.loads(line))
        except Exception as error:  # whatever a peer cannot do is a gap in the table
            print(f"peer: {error}", file=sys.stderr)
            answer = None
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
