"""Guided steps: a task each, a sketch to begin with, and a check that notices when the learner has done it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from separatrix.playground.scene import Scene
from separatrix.playground.sketch import Sketch
from separatrix.training.run import Status

Check = Callable[[Scene], bool]


@dataclass(frozen=True)
class Guide:
    """One lesson.

    Attributes:
        name: in links.
        title: in English and Chinese.
        task: what to do, likewise.
        praise: what has been seen, likewise.
        start: the sketch it begins with.
        done: whether a scene fulfils the task.
        hides: controls that would lead away from it.
    """

    name: str
    title: tuple[str, str]
    task: tuple[str, str]
    praise: tuple[str, str]
    start: Sketch
    done: Check
    hides: frozenset[str] = frozenset()


def _solved(scene: Scene) -> bool:
    return scene.run.accuracy == 1.0 and not scene.diverged


def _gap(scene: Scene) -> float:
    """Training accuracy minus held-out accuracy."""
    return scene.run.accuracy - (scene.run.validation_accuracy or 0.0)


def _dead_units(scene: Scene) -> int:
    """Hidden units that answer 0 to every training point."""
    layers = scene.sketch.network.trace(scene.run.parameters, scene.points.x)[:-1]
    return sum(int((a == 0).all(axis=0).sum()) for _, a in layers)


def _rows(scene: Scene) -> int:
    return len(scene.points)


GUIDES: dict[str, Guide] = {
    guide.name: guide
    for guide in (
        Guide(
            "line",
            ("A line cannot separate a disc", "一条直线分不开圆盘"),
            (
                "Without hidden layers the network is one flat cut. Add what it takes to get every training point right.",
                "没有隐藏层时，网络就是一刀直切。加上必要的东西，让每个训练点都分对。",
            ),
            (
                "Each hidden unit folds the plane along a line; enough folds enclose the disc.",
                "每个隐藏单元沿一条线折叠平面；折痕足够多，就能把圆盘围起来。",
            ),
            Sketch(hidden=(), activations=(), epochs=10_000),
            lambda scene: _solved(scene) and len(scene.sketch.hidden) >= 1 and scene.sketch.sampler == "circle",
        ),
        Guide(
            "three-or-four",
            ("Three units or four", "三个单元还是四个"),
            (
                "One hidden layer of three units draws a triangle. Find a seed with which three are enough.",
                "一个有三个单元的隐藏层画出三角形。找一个三个单元就够用的种子。",
            ),
            (
                "It works with some seeds. The seed panel says with how many: that share is the honest answer.",
                "有些种子行得通。种子面板会告诉你占多少：这个比例才是诚实的答案。",
            ),
            Sketch(hidden=(2,), activations=("relu",), epochs=20_000),
            lambda scene: _solved(scene) and scene.sketch.hidden == (3,),
            frozenset({"n", "noise", "sampler"}),
        ),
        Guide(
            "losses",
            ("BCE or MSE", "BCE 还是 MSE"),
            (
                "With mean squared error this training is slow. Change the loss alone, so that the same epochs solve it.",
                "用均方误差训练很慢。只改损失函数，让同样的轮数就能解出。",
            ),
            (
                "Cross-entropy keeps a gradient where the network is confidently wrong; the squared error loses it.",
                "网络自信地犯错时，交叉熵仍有梯度，均方误差却没有。",
            ),
            Sketch(loss="mse", epochs=10_000, seed=1),
            lambda scene: _solved(scene) and scene.sketch.loss != "mse" and scene.sketch.epochs == 10_000,
            frozenset({"epochs", "optimizer", "lr", "momentum"}),
        ),
        Guide(
            "rate",
            ("Too high a learning rate", "学习率太高"),
            (
                "Raise the learning rate until the training breaks: it diverges or gets stuck.",
                "提高学习率，直到训练失败：发散或卡住。",
            ),
            (
                "Steps that are too long jump out of every valley. A tenth of that rate is worth a try.",
                "步子太大会跳出所有山谷。试试它的十分之一。",
            ),
            Sketch(epochs=5_000),
            lambda scene: scene.sketch.lr > 0.05 and scene.run.status in (Status.DIVERGED, Status.STUCK),
        ),
        Guide(
            "overfitting",
            ("Overfitting 20 noisy points", "20 个带噪点的过拟合"),
            (
                "Twenty noisy points, and a network that learns them by heart. Bring held-out accuracy to within 10 points "
                "of training accuracy.",
                "20 个带噪声的点，网络把它们背了下来。让检验准确率与训练准确率相差不到 10 个百分点。",
            ),
            (
                "More points, fewer units, a penalty, fewer epochs: each keeps the network from learning the noise.",
                "更多的点、更少的单元、加惩罚、更少的轮数：都能让网络不去学噪声。",
            ),
            Sketch(sampler="moons", n=20, noise=0.5, hidden=(16, 16), activations=("relu", "relu"), epochs=20_000),
            lambda scene: scene.held is not None and _gap(scene) < 0.1 and scene.run.accuracy > 0.7,
        ),
        Guide(
            "dead",
            ("Dead ReLUs", "死掉的 ReLU"),
            (
                "Some units answer 0 everywhere and no longer learn: their pictures are blank. Find a setting without any.",
                "有些单元处处输出 0，不再学习：它们的小图是空白的。找一个没有死单元的设置。",
            ),
            (
                "Another activation, a smaller rate or another initialisation keeps units alive.",
                "换激活函数、降低学习率或换初始化方式，单元就能活下来。",
            ),
            Sketch(lr=0.8, epochs=3_000, hidden=(8, 8), activations=("relu", "relu"), seed=2),
            lambda scene: _dead_units(scene) == 0 and _solved(scene),
        ),
    )
}
