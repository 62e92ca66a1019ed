"""The names in the registries, for help texts and completion. Written by python -m tools.registry_names."""

NAMES: dict[str, tuple[str, ...]] = {
    "sampler": ("circle", "moons", "rings", "xor", "spirals", "gaussians", "checkerboard", "curve"),
    "activation": ("step", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "sigmoid", "tanh", "identity"),
    "init": ("torch", "xavier", "he", "zeros"),
    "loss": ("bce", "bce_with_logits", "mse", "cross_entropy", "hinge", "focal"),
    "optimizer": ("sgd", "adam", "adamw", "rmsprop", "adagrad", "lbfgs"),
    "schedule": ("constant", "step", "cosine", "one_cycle"),
    "engine": ("auto", "fused", "torch"),
    "metric": ("accuracy", "balanced_accuracy", "f1", "matthews_corrcoef"),
    "palette": ("coolwarm", "safe"),
    "theme": ("light", "dark"),
    "to": ("html", "javascript", "onnx", "python", "torch"),
}
