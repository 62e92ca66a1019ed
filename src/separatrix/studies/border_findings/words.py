"""The words of the pages in each language. They hold no number: all come from the measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SECTIONS = ("bounds", "course", "widths", "nearness", "unsolved")
PICTURES = {
    "course": ("pieces", "closing"),
    "widths": ("accuracy",),
    "nearness": ("inside",),
    "unsolved": ("wall_unsolved", "wall_solved"),
}
STUDIES = {
    "bounds": ("widths", "depths"),
    "course": ("course",),
    "widths": ("widths",),
    "nearness": ("depths", "activations", "losses"),
    "unsolved": ("course",),
}


@dataclass(frozen=True)
class PageSection:
    """One section.

    Attributes:
        heading: its heading.
        before: paragraphs above its table; `{name}` is a value of the findings.
        after: paragraphs below it.
    """

    heading: str
    before: tuple[str, ...]
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageWords:
    """All words of a page.

    Attributes:
        file: the page's name.
        title: its heading.
        opening: paragraphs; `{command}` is the command that makes the page.
        sections: by name, in the order of `SECTIONS`.
        heads: name of a column -> words.
        cells: cells that are words.
        captions: name of a picture -> words.
        made_by: what stands above the commands.
    """

    file: str
    title: str
    opening: tuple[str, ...]
    sections: Mapping[str, PageSection]
    heads: Mapping[str, str]
    cells: Mapping[str, str]
    captions: Mapping[str, str]
    made_by: str


ENGLISH = PageWords(
    file="borders.md",
    title="Borders",
    opening=(
        "A ReLU network of two inputs is a polygon mesh: on each cell its logit is a plane, and the border, where the "
        "logit is 0, is made of straight pieces. Everything on this page is computed from those pieces and not sampled: "
        "`separatrix.geometry.exact` cuts the whole plane along the folds of every unit, and the accuracy is the "
        "probability that a new point falls on the right side, by Owen's T function.",
        "The networks are the tutorial's, 2-4-4-1 on 100 points of a standard normal with class 1 inside the unit "
        "circle, after {late} epochs of gradient descent at 0.05, or differ from that in what a table names. Each line "
        "rests on {seeds} seeds in the sections about the course of a training and about unsolved seeds, and on {fewer} "
        "in the others; a seed draws points and first weights. Shares come with 95% intervals (Wilson), other "
        "measures as the median with the range of the middle nine tenths of the seeds, unless the table says otherwise.",
        "This page is written by `{command}`.",
    ),
    sections={
        "bounds": PageSection(
            "Pieces and regions, and what theory allows",
            (
                "The tutorial's network ends with a median of {regions_median} linear regions in the whole plane and a "
                "border of {pieces_median} pieces. Over all seeds the most are {regions_most} regions and {pieces_most} "
                "pieces.",
                "*Exist* is the number of regions that some network of the shape has at least (Montúfar et al. 2014, "
                "Theorem 4), *at most* the number that none exceeds (Serra et al. 2018, Theorem 1). A border has at "
                "most one piece in each region.",
            ),
            (
                "Nothing in the loss asks for regions: a fold that no point is near changes no prediction on the points. "
                "Trained networks of more than one hidden layer have a fraction of the regions that they could have, and "
                "the border, which passes through few of them, has fewer pieces still. Hanin and Rolnick (2019, "
                "arXiv:1906.00904) found the same of deeper networks, at initialisation and after training.",
            ),
        ),
        "course": PageSection(
            "When the pieces come, and when the border closes",
            (
                "At epoch {early} a border has {pieces_mean_early} pieces in the mean: the random weights' own. Training first "
                "takes them away: at epoch {fewest_at} there are {fewest}, and {none_then} of the seeds have no border at "
                "all; of these, {none_zero} call every point class 0. Then the pieces come back, up to {pieces_mean_late}.",
                "Half of the seeds have had a closed border by epoch {half_closed}, looked at in the epochs of the table; "
                "half are solved, with all 100 training points on the right side, by epoch {half_solved}. After {late} "
                "epochs {closed_late} have a closed border.",
            ),
            (
                "Two points in five are of class 1, so calling every point class 0 lowers the loss at once, and the "
                "output's bias alone can do it. The folds turn towards the disc later.",
            ),
        ),
        "widths": PageSection(
            "What width buys",
            (
                "The mean exact accuracy rises from {mean_2} with two units in each hidden layer over {mean_3} with three and "
                "{mean_4} with four to {mean_8} with eight and {mean_16} with sixteen.",
            ),
            (
                "Length and the Hausdorff distance are of closed borders only: an open one is infinitely long. "
                "The unit circle has length 6.28. With 100 points the border is known to no more than the gaps between them, "
                "so beyond some width more pieces hardly help on new points.",
            ),
        ),
        "nearness": PageSection(
            "How near the border comes to the circle",
            (
                "The *Hausdorff* distance is the farthest that a point of the border lies from the circle, or one of the "
                "circle from the border; the *area* is what belongs to the disc or to class 1 but not to both, where it is "
                "finite. The disc has the area 3.14.",
            ),
            (
                "One corner that reaches out where no training point lies costs neither loss nor much accuracy, but its tip "
                "alone is the Hausdorff distance. The walls of borders below show such corners.",
            ),
        ),
        "unsolved": PageSection(
            "What a stuck seed's border looks like",
            (
                "{unsolved} of the seeds are not solved after {late} epochs. Of these, {unsolved_open} have a border that "
                "runs to infinity, {unsolved_closed} a closed one on whose wrong side some point lies, and {unsolved_none} "
                "no border. {unsolved_silent} of them have a hidden unit that is silent for every training point, "
                "against {solved_silent} of the solved seeds.",
                "*Stuck* and *still learning* are the unsolved seeds whose loss has stopped falling, and those whose loss "
                "has not.",
            ),
            (
                "A unit that is silent for all points gets no gradient and stays silent. Three lines are the fewest that "
                "enclose a disc, so with too few units left the border can only be a strip or a funnel, which is open.",
                "A solved seed's nearest training point is {margin} away from the border.",
            ),
        ),
    },
    heads={
        "network": "network",
        "some": "exist",
        "regions": "regions",
        "most_seen": "most seen",
        "at_most": "at most",
        "pieces": "pieces",
        "most_pieces": "most pieces seen",
        "epoch": "epoch",
        "regions_half": "regions (middle half)",
        "pieces_half": "pieces (middle half)",
        "none": "no border",
        "open": "runs to infinity",
        "closed": "closed border",
        "closed_wrong": "closed border",
        "solved": "solved",
        "accuracy": "exact accuracy",
        "mean_accuracy": "mean exact accuracy (95% interval)",
        "length": "length",
        "hausdorff": "Hausdorff distance",
        "area": "area",
        "what": "2-4-4-1 with",
        "group": "seeds",
        "runs": "number",
        "several": "class 1 in several parts",
        "holes": "with holes",
        "silent": "a silent unit",
    },
    cells={
        "solved": "solved",
        "unsolved": "not solved",
        "stuck": "… stuck",
        "learning": "… still learning",
        "depths:1": "one hidden layer",
        "depths:2": "two hidden layers",
        "depths:3": "three hidden layers",
        "depths:4": "four hidden layers",
        "activations:relu": "ReLU",
        "activations:leaky_relu": "leaky ReLU",
        "losses:bce": "cross-entropy",
        "losses:mse": "squared error",
    },
    captions={
        "pieces": "Pieces of the border and linear regions in the whole plane, by epoch.",
        "closing": "Shares of seeds by epoch; the bands are 95% intervals.",
        "accuracy": "Mean exact accuracy by the width of both hidden layers; the band is a 95% interval.",
        "inside": "How often each place belongs to class 1; the dotted line is the true border.",
        "wall_unsolved": "Exact borders of seeds that are not solved; the dotted line is the true border.",
        "wall_solved": "Exact borders of solved seeds.",
    },
    made_by="The studies by themselves:",
)

CHINESE = PageWords(
    file="borders.zh-CN.md",
    title="边界",
    opening=(
        "两个输入的 ReLU 网络就是一张多边形网格：在每个格子里 logit 是一个平面，logit 等于 0 的地方就是边界，"
        "所以边界由直线段组成。"
        "本页的数字都由这些线段直接算出，不靠抽样：`separatrix.geometry.exact` 沿每个神经元的折线切开整个平面；"
        "准确率是新点落在正确一侧的概率，用 Owen 的 T 函数求得。",
        "网络就是教程里的 2-4-4-1：100 个标准正态点，单位圆内为第 1 类，学习率 0.05，训练 {late} 轮；表中写明的地方除外。"
        "讲训练过程和未解出种子的两节各用 {seeds} 个种子，其余各节用 {fewer} 个；种子决定数据点和初始权重。"
        "比例附 95% 区间（Wilson），其他量除另有说明外给出中位数和中间九成种子的范围。",
        "本页由 `{command}` 写成。",
    ),
    sections={
        "bounds": PageSection(
            "线段数、区域数与理论界",
            (
                "教程的网络训练结束时，整个平面上线性区域数的中位数是 {regions_median}，边界的线段数是 {pieces_median}；"
                "所有种子中最多有 {regions_most} 个区域、{pieces_most} 段。",
                "“存在”指同样形状的某个网络至少能有的区域数（Montúfar 等 2014，定理 4），“上界”指任何网络都不会超过的区域数"
                "（Serra 等 2018，定理 1）。每个区域里至多有一段边界。",
            ),
            (
                "损失函数并不要求区域多：附近没有数据点的折线，不改变任何数据点上的预测。"
                "隐藏层多于一层的网络，训练后只用到可能区域数的一小部分；边界只穿过其中几个，线段更少。"
                "Hanin 与 Rolnick（2019，arXiv:1906.00904）在更深的网络上，在初始化时和训练后都看到了同样的现象。",
            ),
        ),
        "course": PageSection(
            "线段何时出现，边界何时闭合",
            (
                "第 {early} 轮时边界平均有 {pieces_mean_early} 段，这是随机权重自带的。训练先把它们抹掉：第 {fewest_at} 轮时只剩 "
                "{fewest} 段，{none_then} 的种子根本没有边界，其中 {none_zero} 把所有点都判为第 0 类。之后线段重新出现，"
                "最后平均 {pieces_mean_late} 段。",
                "到第 {half_closed} 轮（只在表中各轮次查看），一半的种子出现过闭合边界；"
                "到第 {half_solved} 轮，一半的种子把 100 个训练点全部分对。"
                "{late} 轮之后，{closed_late} 的种子有闭合边界。",
            ),
            (
                "五个点里大约有两个是第 1 类，所以把所有点判为第 0 类能立刻降低损失，而且只靠输出层的偏置就能做到；"
                "折线转向圆盘是后来的事。",
            ),
        ),
        "widths": PageSection(
            "宽度换来什么",
            (
                "平均精确准确率随宽度上升：每层 2 个神经元为 {mean_2}，3 个为 {mean_3}，4 个为 {mean_4}，8 个为 {mean_8}，"
                "16 个为 {mean_16}。",
            ),
            (
                "长度和 Hausdorff 距离只统计闭合边界，因为开放的边界无限长。单位圆的周长是 6.28。"
                "边界能定到多准，取决于 100 个点之间的空隙；宽到一定程度以后，线段再多，新点上的准确率也难以再升。",
            ),
        ),
        "nearness": PageSection(
            "边界离圆有多近",
            (
                "Hausdorff 距离是边界上的点到圆、圆上的点到边界的最远距离；"
                "“面积”是只属于圆盘或只属于第 1 类的部分的面积（有限时）。"
                "圆盘的面积是 3.14。",
            ),
            (
                "伸向没有训练点处的一个尖角，既不增加损失，也不怎么降低准确率，但单是它的尖端就决定了 Hausdorff 距离。"
                "下面的边界图里能看到这样的尖角。",
            ),
        ),
        "unsolved": PageSection(
            "卡住的种子，边界是什么样",
            (
                "{late} 轮之后 {unsolved} 的种子没有解出。其中 {unsolved_open} 的边界伸向无穷远，"
                "{unsolved_closed} 的边界闭合但有点落在错误一侧，{unsolved_none} 没有边界。"
                "未解出的种子里，{unsolved_silent} 有对所有训练点都沉默的隐藏神经元；解出的种子里是 {solved_silent}。",
                "“卡住”指损失已不再下降的未解出种子，“仍在学习”指损失还在下降的。",
            ),
            (
                "对所有点都沉默的神经元得不到梯度，会一直沉默下去。围住圆盘至少要三条线，剩下的神经元太少时，"
                "边界只能是长条或漏斗，是敞开的。",
                "解出的种子里，离边界最近的训练点与边界相距 {margin}。",
            ),
        ),
    },
    heads={
        "network": "网络",
        "some": "存在",
        "regions": "区域数",
        "most_seen": "见过的最多",
        "at_most": "上界",
        "pieces": "线段数",
        "most_pieces": "见过的最多线段",
        "epoch": "轮次",
        "regions_half": "区域数（中间一半）",
        "pieces_half": "线段数（中间一半）",
        "none": "没有边界",
        "open": "伸向无穷远",
        "closed": "边界闭合",
        "closed_wrong": "边界闭合",
        "solved": "解出",
        "accuracy": "精确准确率",
        "mean_accuracy": "平均精确准确率（95% 区间）",
        "length": "长度",
        "hausdorff": "Hausdorff 距离",
        "area": "面积",
        "what": "2-4-4-1，改为",
        "group": "种子",
        "runs": "个数",
        "several": "第 1 类分成几块",
        "holes": "有洞",
        "silent": "有沉默的神经元",
    },
    cells={
        "solved": "解出",
        "unsolved": "未解出",
        "stuck": "其中卡住",
        "learning": "其中仍在学习",
        "depths:1": "一个隐藏层",
        "depths:2": "两个隐藏层",
        "depths:3": "三个隐藏层",
        "depths:4": "四个隐藏层",
        "activations:relu": "ReLU",
        "activations:leaky_relu": "leaky ReLU",
        "losses:bce": "交叉熵",
        "losses:mse": "平方误差",
    },
    captions={
        "pieces": "整个平面上边界的线段数和线性区域数，随轮次变化。",
        "closing": "各轮次的种子比例；色带是 95% 区间。",
        "accuracy": "平均精确准确率与两个隐藏层的宽度；色带是 95% 区间。",
        "inside": "每个位置属于第 1 类的频率；虚线是真实边界。",
        "wall_unsolved": "未解出种子的精确边界；虚线是真实边界。",
        "wall_solved": "解出种子的精确边界。",
    },
    made_by="单独运行这些实验：",
)

LANGUAGES = (ENGLISH, CHINESE)
