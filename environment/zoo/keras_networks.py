"""The zoo of other frameworks: Keras 3, tf2onnx, TFLite, Flax and scikit-learn, tiny and with random weights.

    python environment/zoo/keras_networks.py OUT [PATTERN ...]

writes what export.py writes, of networks of which TensorFlow, JAX or a closed form gives the gradient.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import applications, layers

SIZE = 64
random = np.random.default_rng(2)


def blend(model):
    """No weight stays 0 or 1, and normalisations hold other statistics than those of a standard normal."""
    own = np.random.default_rng(1)
    for variable in model.weights:
        value = variable.numpy()
        if "seed" in variable.path or not np.issubdtype(value.dtype, np.floating):
            continue
        noise = 0.1 * own.standard_normal(value.shape)
        variable.assign(value + (np.abs(noise) if "variance" in variable.path else noise if value.ndim < 2 else 0))
    return model


def application(name, **given):
    make = getattr(applications, name)
    return lambda: blend(make(weights=None, classes=10, classifier_activation=None, input_shape=(SIZE, SIZE, 3), **given))


def plain(activation="relu", **conv):
    def make():
        y = x = keras.Input((SIZE, SIZE, 3))
        for layer in [
            layers.Conv2D(8, 3, strides=2, activation=activation, **conv), layers.BatchNormalization(),
            layers.DepthwiseConv2D(3, padding="same"), layers.Activation(activation),
            layers.SeparableConv2D(12, 3, strides=2, padding="same", activation=activation, name="last"),
            layers.GlobalAveragePooling2D(), layers.Dense(10),
        ]:
            y = layer(y)
        return keras.Model(x, y)

    return lambda: blend(make())


def transformer():
    """A small vision transformer of Keras' own layers."""
    x = keras.Input((SIZE, SIZE, 3))
    tokens = layers.Reshape((16, 24))(layers.Conv2D(24, 16, strides=16)(x))
    for _ in range(2):
        inner = layers.LayerNormalization()(tokens)
        tokens = layers.Add()([tokens, layers.MultiHeadAttention(3, 8, flash_attention=False)(inner, inner)])
        inner = layers.LayerNormalization()(tokens)
        tokens = layers.Add()([tokens, layers.Dense(24)(layers.Dense(48, activation="silu")(inner))])
    tokens = layers.LayerNormalization(name="last")(tokens)
    return blend(keras.Model(x, layers.Dense(10)(layers.GlobalAveragePooling1D()(tokens))))


# name: how the network is made, the layer at which Grad-CAM looks, the number of attention blocks
keras_networks = {
    "resnet50": (application("ResNet50"), "conv5_block3_out", 0),
    "resnet50v2": (application("ResNet50V2"), "post_relu", 0),
    "vgg11-like": (plain(), "last", 0),
    "silu": (plain("silu", padding="same"), "last", 0),
    "mobilenet": (application("MobileNet", alpha=0.25, dropout=0.0), "conv_pw_13_relu", 0),
    "mobilenetv2": (application("MobileNetV2", alpha=0.35), "out_relu", 0),
    "mobilenetv3small": (application("MobileNetV3Small", alpha=0.75, include_preprocessing=False), "activation_17", 0),
    "efficientnetb0": (application("EfficientNetB0"), "top_activation", 0),
    "efficientnetv2b0": (application("EfficientNetV2B0", include_preprocessing=True), "top_activation", 0),
    "densenet121": (application("DenseNet121"), "relu", 0),
    "nasnetmobile": (application("NASNetMobile"), None, 0),
    "convnexttiny": (application("ConvNeXtTiny", include_preprocessing=False), None, 0),
    "vit": (transformer, "last", 2),
}


def keras_reference(model, x, target, layer):
    """Logits, gradient and Grad-CAM at a layer, in double."""
    keras.backend.set_floatx("float64")
    config = keras.saving.serialize_keras_object(model)
    text = json.dumps(config).replace('"float32"', '"float64"')
    double = keras.saving.deserialize_keras_object(json.loads(text))
    double.set_weights([w.astype(np.float64) if w.dtype == np.float32 else w for w in model.get_weights()])
    keras.backend.set_floatx("float32")
    outputs = [double.output] + ([double.get_layer(layer).output] if layer else [])
    both = keras.Model(double.input, outputs)
    x = tf.Variable(x.astype(np.float64))
    with tf.GradientTape(persistent=True) as tape:
        found = both(x, training=False)
        found = found if isinstance(found, (list, tuple)) else [found]
        score = found[0][0, target]
    gradient = tape.gradient(score, x).numpy()
    if not layer:
        return found[0].numpy(), gradient, None
    value, slope = found[1].numpy()[0], tape.gradient(score, found[1]).numpy()[0]
    places = tuple(range(value.ndim - 1))
    cam = (value * slope.mean(places)).sum(-1)
    return found[0].numpy(), gradient, cam.reshape(4, 4) if cam.ndim == 1 else cam


def write(folder, x, output, gradient, cam, attention, target):
    np.save(folder / "x.npy", x.astype(np.float32))
    np.save(folder / "output.npy", output)
    np.save(folder / "gradient.npy", gradient)
    if cam is not None:
        np.save(folder / "cam0.npy", cam)
    facts = dict(name=folder.name, target=target, cams=[] if cam is None else ["last"], attention=attention)
    (folder / "facts.json").write_text(json.dumps(facts))


def by_keras(model, path):
    model.export(path, format="onnx", verbose=False)


def by_tf2onnx(model, path):
    import tf2onnx

    signature = [tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32, name="x")]
    function = tf.function(lambda x: model(x, training=False), input_signature=signature)
    tf2onnx.convert.from_function(function, signature, opset=17, output_path=str(path))


def by_tflite(model, path):
    import tf2onnx

    lite = path.with_suffix(".tflite")
    lite.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    tf2onnx.convert.from_tflite(str(lite), opset=17, output_path=str(path))
    lite.unlink()


ways = {"keras": by_keras, "tf2onnx": by_tf2onnx, "tflite": by_tflite}
small = ["vgg11-like", "silu", "mobilenetv2", "vit"]


def export_keras(name, way, folder):
    keras.utils.set_random_seed(0)
    make, layer, attention = keras_networks[name]
    keras.utils.clear_session()  # Names of layers count from the first one of the network.
    model = make()
    x = random.standard_normal((1, SIZE, SIZE, 3)).astype(np.float32)
    target = int(np.abs(model.predict(x, verbose=0)).argmax())
    folder.mkdir(parents=True, exist_ok=True)
    ways[way](model, folder / "model.onnx")
    write(folder, x, *keras_reference(model, x, target, layer), attention, target)


def export_flax(folder):
    """A residual network of Flax's linen, by jax2onnx."""
    import jax
    import jax.numpy as jnp
    from flax import nnx
    from jax2onnx import to_onnx

    class Net(nnx.Module):
        def __init__(self, rngs):
            self.stem = nnx.Conv(3, 8, (3, 3), strides=2, rngs=rngs)
            self.norm = nnx.BatchNorm(8, use_running_average=True, rngs=rngs)
            self.next = nnx.Conv(8, 8, (3, 3), rngs=rngs)
            self.last = nnx.Conv(8, 12, (3, 3), strides=2, rngs=rngs)
            self.head = nnx.Linear(12, 10, rngs=rngs)

        def features(self, x):
            x = nnx.relu(self.norm(self.stem(x)))
            return nnx.relu(self.last(x + nnx.relu(self.next(x))))

        def __call__(self, x):
            return self.head(self.features(x).mean((1, 2)))

    model = Net(nnx.Rngs(0))
    x = random.standard_normal((1, SIZE, SIZE, 3)).astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    to_onnx(model, [("B", SIZE, SIZE, 3)], opset=20, return_mode="file", output_path=str(folder / "model.onnx"))
    with jax.enable_x64(True):
        graph, state = nnx.split(model)
        double = nnx.merge(graph, jax.tree.map(lambda v: v.astype(jnp.float64) if v.dtype == jnp.float32 else v, state))
        wide = jnp.asarray(x, jnp.float64)
        output = double(wide)
        target = int(jnp.abs(output[0]).argmax())
        gradient = jax.grad(lambda v: double(v)[0, target])(wide)
        value = double.features(wide)
        slope = jax.grad(lambda v: double.head(v.mean((1, 2)))[0, target])(value)
        cam = (value[0] * slope[0].mean((0, 1))).sum(-1)
    write(folder, x, *(np.asarray(v) for v in (output, gradient, cam)), 0, target)


def export_sklearn(kind, folder):
    """Classifiers of flattened 8x8 images; the gradient of the scores in closed form."""
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    own = np.random.default_rng(0)
    images, labels = own.standard_normal((90, 64)).astype(np.float32), np.arange(90) % 3
    model = {"logistic": LogisticRegression(), "mlp": MLPClassifier((16,), max_iter=20)}[kind].fit(images, labels)
    x = own.standard_normal((1, 64)).astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    options = {id(model): {"zipmap": False, "raw_scores": False}} if kind == "logistic" else {id(model): {"zipmap": False}}
    (folder / "model.onnx").write_bytes(to_onnx(model, x, options=options).SerializeToString())
    wide = x.astype(np.float64)
    if kind == "logistic":
        output = model.decision_function(wide)
        slopes = model.coef_.T
    else:
        hidden = wide @ model.coefs_[0] + model.intercepts_[0]
        output = np.maximum(hidden, 0) @ model.coefs_[1] + model.intercepts_[1]
        slopes = (model.coefs_[0] * (hidden > 0)) @ model.coefs_[1]
    target = int(np.abs(output[0]).argmax())
    write(folder, x, output, slopes[:, target][None], None, 0, target)


def main(out, *patterns):
    out = Path(out)
    jobs = {f"keras-{name}": lambda f, name=name: export_keras(name, "keras", f) for name in keras_networks}
    for way in ("tf2onnx", "tflite"):
        jobs |= {f"{way}-{name}": lambda f, name=name, way=way: export_keras(name, way, f) for name in small}
    jobs["flax-residual"] = export_flax
    jobs |= {f"sklearn-{kind}": lambda f, kind=kind: export_sklearn(kind, f) for kind in ("logistic", "mlp")}
    for name, job in jobs.items():
        folder = out / name
        if (patterns and not any(pattern in name for pattern in patterns)) or (folder / "facts.json").exists():
            continue
        try:
            job(folder)
            print(name, f"{(folder / 'model.onnx').stat().st_size / 1e6:.1f} MB", flush=True)
        except Exception as error:
            print(name, "is not exported:", type(error).__name__, str(error).replace("\n", " ")[:300], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
