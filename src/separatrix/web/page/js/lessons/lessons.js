/** The page's lessons: a task each, a setting to begin with, and conditions that say when the learner has done it. */

/** @typedef {import("../page_types.js").Lesson} Lesson */

/** @type {Lesson[]} */
export const LESSONS = [
  {
    name: "line",
    title: { en: "A line cannot separate a disc", zh: "一条直线分不开圆盘" },
    task: {
      en: "Without hidden layers the network is one flat cut. Add what it takes to get every training point right.",
      zh: "没有隐藏层时，网络只是一条直线。加上必要的层和单元，让每个训练点都分对。",
    },
    praise: {
      en: "Each hidden unit folds the plane along a line; enough folds enclose the disc.",
      zh: "每个隐藏单元沿一条直线折叠平面；折痕足够多，就能把圆盘围起来。",
    },
    start: { hidden: [], activations: [], epochs: 10_000, seed: 7 }, // one layer of four units is enough for it
    done: [{ is: "solved" }, { is: "layers_at_least", value: 1 }, { is: "sampler", value: "circle" }],
    hides: [],
  },
  {
    name: "three-or-four",
    title: { en: "Three units or four", zh: "三个单元还是四个" },
    task: {
      en: "One hidden layer of three units draws a triangle. Find a seed with which three units are enough.",
      zh: "一个有三个单元的隐藏层能画出三角形。找一个三个单元就够用的种子。",
    },
    praise: {
      en: "It works with some seeds only. The seed panel counts how many: that share is what one should quote.",
      zh: "只有部分种子行得通。种子面板会统计比例：应当引用的是这个比例。",
    },
    start: { hidden: [2], activations: ["relu"], epochs: 20_000, seed: 1 }, // with which three units are too few
    done: [{ is: "solved" }, { is: "one_layer_of", value: 3 }],
    hides: ["n", "noise", "sampler"],
  },
  {
    name: "losses",
    title: { en: "BCE or MSE", zh: "BCE 还是 MSE" },
    task: {
      en: "With mean squared error this training is slow. Change the loss alone so that the same number of epochs solves it.",
      zh: "用均方误差训练很慢。只改损失函数，让同样的轮数就能解出。",
    },
    praise: {
      en: "Cross-entropy keeps a gradient where the network is confidently wrong; the squared error loses it.",
      zh: "网络自信地犯错时，交叉熵仍有梯度，而均方误差几乎没有。",
    },
    start: { loss: "mse", epochs: 10_000, seed: 7 },
    done: [{ is: "solved" }, { is: "loss_is_not", value: "mse" }, { is: "epochs_at_most", value: 10_000 }],
    hides: ["epochs", "optimizer", "lr", "schedule", "momentum"],
  },
  {
    name: "rate",
    title: { en: "Too high a learning rate", zh: "学习率太高" },
    task: {
      en: "Raise the learning rate until the training fails: it diverges or gets stuck.",
      zh: "提高学习率，直到训练失败：发散或卡住。",
    },
    praise: {
      en: "Steps that are too long jump out of every valley. Try a tenth of that rate.",
      zh: "步子太大会跳出所有山谷。试试它的十分之一。",
    },
    start: { epochs: 5_000 },
    done: [
      { is: "lr_above", value: 0.05 },
      { is: "status", value: "diverged,stuck" },
    ],
    hides: [],
  },
  {
    name: "overfitting",
    title: { en: "Overfitting 20 noisy points", zh: "20 个带噪点的过拟合" },
    task: {
      en: "Twenty noisy points, and a network that learns them by heart. Bring the validation accuracy to within 10 points of the training accuracy.",
      zh: "20 个带噪声的点，网络把它们背了下来。让验证准确率与训练准确率相差不到 10 个百分点。",
    },
    praise: {
      en: "More points, fewer units, a penalty, fewer epochs: each keeps the network from learning the noise.",
      zh: "更多的点、更少的单元、加惩罚、更少的轮数：都能让网络不去学噪声。",
    },
    start: { sampler: "moons", n: 20, noise: 0.5, hidden: [16, 16], activations: ["relu", "relu"], epochs: 20_000 },
    done: [
      { is: "gap_below", value: 0.1 },
      { is: "accuracy_at_least", value: 0.7 },
    ],
    hides: [],
  },
  {
    name: "dead",
    title: { en: "Dead ReLUs", zh: "死掉的 ReLU" },
    task: {
      en: "Some units answer 0 to every training point and no longer learn: the network crosses them out. Find a setting without any that gets every point right.",
      zh: "有些单元对每个训练点都输出 0，不再学习：网络图中它们被打了叉。找一个没有死单元、又能把所有点分对的设置。",
    },
    praise: {
      en: "Another activation, a lower rate or another initialisation keeps the units alive.",
      zh: "换激活函数、降低学习率或换初始化方式，单元就能继续学习。",
    },
    start: { lr: 0.8, epochs: 3_000, hidden: [8, 8], activations: ["relu", "relu"], seed: 2 },
    done: [{ is: "no_dead_units" }, { is: "solved" }],
    hides: [],
  },
];

export const LESSON_NAMES = LESSONS.map((lesson) => lesson.name);

/** @param {string} name @returns {Lesson | null} */
export function lessonNamed(name) {
  return LESSONS.find((lesson) => lesson.name === name) ?? null;
}
