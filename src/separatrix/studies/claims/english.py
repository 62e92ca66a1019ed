"""The words of the claims' page in one language, and in English. They hold no number and no verdict: both are measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The words of one claim.

    Attributes:
        claim: what the tutorial says, in a sentence.
        headline: one sentence with the figures; `{name}` is the written value of a statement.
        reading: how the claim is made measurable.
        figures: what the table shows.
        why: what explains it, whatever was measured: paragraphs.
        pictures: name -> caption.
    """

    claim: str
    headline: str
    reading: str
    figures: str
    why: tuple[str, ...]
    pictures: Mapping[str, str]


@dataclass(frozen=True)
class Language:
    """All words of a page.

    Attributes:
        file: the page's name.
        title: its heading.
        opening: paragraphs; `{command}` is the command that makes the page.
        short_heads: columns of the table of verdicts.
        rule_title: heading of the rule.
        rule: how a verdict is found.
        verdict_is: with `{}` for the verdict.
        verdicts: value of `Verdict` -> words.
        outcomes: value of `Outcome` -> words.
        part_heads: columns of the tables of statements.
        statements: name of a statement -> words; `{}` is what its name says after a colon.
        heads: name of a column -> words, likewise.
        cells: cells that are words.
        made_by: what stands above the commands.
        claims: name of a claim -> its words.
    """

    file: str
    title: str
    opening: tuple[str, ...]
    short_heads: tuple[str, ...]
    rule_title: str
    rule: tuple[str, ...]
    verdict_is: str
    verdicts: Mapping[str, str]
    outcomes: Mapping[str, str]
    part_heads: tuple[str, ...]
    statements: Mapping[str, str]
    heads: Mapping[str, str]
    cells: Mapping[str, str]
    made_by: str
    claims: Mapping[str, Words]


_CLAIMS = {
    "stability": Words(
        claim="Three hidden units can separate the classes but are not stable; four are",
        headline=(
            "{three_can} of the seeds are solved with three units a layer, {four_stable} with four; on the same seeds the "
            "difference is {four_more} points."
        ),
        reading=(
            "The networks are 2-3-3-1 and 2-4-4-1, as in the tutorial, after {late} epochs. A seed is *solved* when all "
            "of its 100 training points are on the right side. *Can* is read as more than 5% of the seeds, *stable* as "
            "more than 95%."
        ),
        figures="Share of seeds solved, with its 95% interval, by width and epochs:",
        why=(
            "A ReLU unit of the first layer is off on one side of a line and rises on the other. Three lines are the "
            "fewest that enclose a disc, and then each must lie well; a fourth unit is a spare for one that starts "
            "badly, for a unit that is off for every point gets no gradient and stays off.",
        ),
        pictures={
            "widths": "Share of seeds solved against the width of both hidden layers; the bands are 95% intervals.",
            "solving": "How many seeds are solved by each epoch, by width.",
            "wall_3": "{count} seeds of the 2-3-3-1 network; those not solved have a frame and their training accuracy.",
            "wall_4": "The same {count} seeds with the 2-4-4-1 network.",
        },
    ),
    "losses": Words(
        claim="Binary cross-entropy descends faster than the squared error",
        headline=(
            "Cross-entropy minus squared error after {early}, {middle} and {late} epochs: {bce_solved_1}, {bce_solved_2} and "
            "{bce_solved_3} points of the seeds solved; {bce_accuracy_1}, {bce_accuracy_2} and {bce_accuracy_3} points of "
            "mean training accuracy."
        ),
        reading=(
            "The two losses have different units, so their values can't be compared. What can be is what they are for: "
            "the share of seeds solved and the mean training accuracy, on the same points from the same first weights "
            "with the same learning rate 0.05. A positive number is in favour of cross-entropy."
        ),
        figures="Both losses at each checkpoint:",
        why=(
            "Behind a sigmoid the slope of the cross-entropy is *p − y*, that of the squared error "
            "*2 (p − y) p (1 − p)*: at most half of it, and nearly nothing where the network is sure and wrong. "
            "With one learning rate for both, the squared error takes smaller steps; its own best rate is higher.",
        ),
        pictures={"losses": "How many seeds are solved by each epoch, by loss."},
    ),
    "course": Words(
        claim="5,000 epochs separate roughly, 10,000 well, 50,000 usually over 99.90%",
        headline=(
            "After {early} epochs {rough} of the seeds are at 90% or more, after {middle} {good} at 95% or more; after {late} "
            "{usual} are over 99.90% on their training points, and {usual_fresh} on fresh points."
        ),
        reading=(
            "*Roughly* is read as a training accuracy of at least 90%, *well* as at least 95%, *usually* as more than "
            "half of the seeds. An accuracy over 99.90% may mean the 100 training points, where it means all of them, "
            "or points the network has never seen: both are asked. Each seed is measured on 10,000 fresh points."
        ),
        figures="Medians over the seeds, and shares of seeds that reach each mark in training:",
        why=(
            "Training accuracy, accuracy on fresh points and loss are three numbers. The first moves in steps of 1% "
            "with 100 points and ends at 100% for any network that encloses them; the second can't be perfect, as 100 "
            "points leave the border between them open; the third can go on falling when both have settled.",
        ),
        pictures={
            "course_loss": "The training loss of {count} seeds: median, middle half and nine tenths, by epoch.",
            "course_accuracy": "The training accuracy of the same seeds.",
        },
    ),
    "figure": Words(
        claim="The accuracy is 99.93% at the end",
        headline=(
            "{reads} of the seeds have a training accuracy that reads 99.93%, and {fresh_reads} reach it on fresh points."
        ),
        reading=(
            "Read as a training accuracy, and as an accuracy on fresh points of at least 99.93%, in more than half of "
            "the seeds."
        ),
        figures="Three numbers after {late} epochs: the lowest twentieth of the seeds, the middle one, the highest one:",
        why=(
            "With 100 points a training accuracy is a whole number of per cents: 99.93% can't occur. The tutorial's "
            "figure is 1 − loss, which the table shows in its last row: it comes near such a number, but it isn't a share "
            "of anything. A loss of 0.0007 means that the right class gets the probability *exp(−0.0007)* = 99.93% in "
            "the geometric mean of the training points.",
        ),
        pictures={},
    ),
    "overfitting": Words(
        claim="More dimensions and layers may overfit",
        headline=(
            "From width 4 to 16 the gap between training and fresh points changes by {width_gap} points and the accuracy "
            "on fresh points by {width_worse}; from one layer of 16 to three by {depth_gap} and {depth_worse}."
        ),
        reading=(
            "The *gap* is training accuracy minus accuracy on 10,000 fresh points. Overfitting in the full sense is a "
            "wider gap and a lower accuracy on fresh points; both are asked, for width (2-4-4-1 against 2-16-16-1) and "
            "for depth (2-16-1 against 2-16-16-16-1), in the mean of common seeds, after {late} epochs."
        ),
        figures="Means over the seeds; the gap, in points, with its 95% interval:",
        why=(
            "A network that gets stuck may be as wrong on its own points as on fresh ones, so the gap alone says little: "
            "the accuracy on fresh points is what counts. The labels of this circle hold no noise; there is nothing to "
            "learn by heart but where exactly the border lies between the points.",
        ),
        pictures={
            "gaps": "Mean gap by width, a line a depth; the bands are 95% intervals.",
            "sizes": "Share of seeds solved by width and depth after {late} epochs.",
        },
    ),
    "rates": Words(
        claim="The learning rate keeps training out of local minima",
        headline=(
            "At the tutorial's rate 0.05 {rarely_stuck} of the seeds are stuck. At 0.005 the share changes by "
            "{lower_more_stuck} points, at 0.5 by {higher_less_stuck}."
        ),
        reading=(
            "A run is *stuck* when some training points are still wrong after {late} epochs and the loss fell by less "
            "than 1% over the last tenth of them. If the rate keeps training out of such places, few seeds (under 5%) "
            "are stuck at 0.05, more at 0.005, and fewer at 0.5."
        ),
        figures="How the seeds end, by learning rate:",
        why=(
            "A low rate may look better by this measure than it is: what creeps isn't stuck yet, it is still learning. "
            "Where units are off for every point there is no slope at all, and no rate helps; where a valley is shallow, "
            "a larger step may leave it, or leave everything.",
        ),
        pictures={
            "rates": "How the seeds end, by learning rate.",
            "surface_solved": "The loss around the first solved seed at rate 0.05, on a plane in two random directions.",
            "surface_stuck": "The same around the first stuck seed.",
        },
    ),
    "activations": Words(
        claim="ReLU's range and cost beat the sigmoid's",
        headline=(
            "ReLU minus sigmoid after {early}, {middle} and {late} epochs: {relu_solved_1}, {relu_solved_2} and "
            "{relu_solved_3} points of the seeds solved. An epoch with the sigmoid takes {sigmoid_slower_fused} as long in "
            "the compiled engine, {sigmoid_slower_torch} in PyTorch."
        ),
        reading=(
            "The *range* is judged by the share of seeds solved at each checkpoint, with the same learning rate 0.05, the "
            "*cost* by the time an epoch takes the processor, in the compiled engine and in PyTorch's loop: 20 trainings "
            "each, in turns. 1× is the same."
        ),
        figures="Share of seeds solved at each checkpoint, accuracy on fresh points at the last, and time per epoch:",
        why=(
            "The sigmoid's slope is at most 1/4, so through two layers a gradient shrinks to a sixteenth or less, and with "
            "one learning rate for all the steps are as much smaller; ReLU's slope is 1 wherever the unit is on. In so "
            "small a network PyTorch spends most of an epoch on calling functions, whatever they compute, so its ratio says "
            "little about arithmetic. Times are of the machine that made this page; shares hardly depend on it.",
        ),
        pictures={"activations": "How many seeds are solved by each epoch, by activation."},
    ),
}

ENGLISH = Language(
    file="claims.md",
    title="The tutorial's claims, measured",
    opening=(
        "[中文](claims.zh-CN.md)",
        "The tutorial that this project starts from says several things about training. One run can't tell whether they "
        "are so, for another seed may say the opposite. Here each is measured on many seeds: fresh points and fresh first "
        "weights each time, all else as in the tutorial (100 points, 2-4-4-1, ReLU, binary cross-entropy, SGD with rate "
        "0.05, 50,000 epochs) unless it is what the claim is about.",
        "This page, its figures, its pictures and its verdicts are written by one command:",
        "```sh\n{command}\n```",
    ),
    short_heads=("claim", "verdict", "figures"),
    rule_title="How a verdict is found",
    rule=(
        "Each claim is broken into statements that compare a number with a bound. A statement is *shown* if all of the "
        "number's 95% interval lies on the side it names, *refuted* if all of it lies on the other, and *undecided* if "
        "the bound lies inside. The claim **holds** if all its statements are shown, **holds in part** if some are, "
        "**does not hold** if none is and one is refuted, and is **undecided** otherwise. The command applies this rule; "
        "nobody edits what comes out.",
        "Intervals of shares are Wilson's. Differences are taken on the same seeds: of shares with Bonett and Price's "
        "interval, of means with a bootstrap over seeds. Runs that are stuck, diverged or failed count as not solved "
        "and are never left out.",
    ),
    verdict_is="Verdict: {}.",
    verdicts={
        "holds": "holds",
        "holds in part": "holds in part",
        "does not hold": "does not hold",
        "undecided": "undecided",
    },
    outcomes={"shown": "shown", "refuted": "refuted", "undecided": "undecided"},
    part_heads=("statement", "shown if", "measured", "95% interval", "seeds", "outcome"),
    statements={
        "three_can": "three units can: share of seeds solved",
        "three_unstable": "three units aren't stable: share of seeds solved",
        "four_stable": "four units are stable: share of seeds solved",
        "four_more": "four solve more seeds than three: difference in points",
        "bce_solved": "cross-entropy solves more seeds by epoch {}: difference in points",
        "bce_accuracy": "cross-entropy has the higher training accuracy at epoch {}: difference in points",
        "rough": "roughly separated at the first checkpoint: share of seeds with 90% or more",
        "good": "well separated at the second: share of seeds with 95% or more",
        "usual": "over 99.90% of the training points at the last: share of seeds",
        "usual_fresh": "over 99.90% of fresh points at the last: share of seeds",
        "reads": "training accuracy reads 99.93%: share of seeds",
        "fresh_reads": "99.93% or more on fresh points: share of seeds",
        "width_gap": "wider: the gap grows, in points",
        "width_worse": "wider: fresh points suffer, in points",
        "depth_gap": "deeper: the gap grows, in points",
        "depth_worse": "deeper: fresh points suffer, in points",
        "rarely_stuck": "rarely stuck at 0.05: share of seeds stuck",
        "lower_more_stuck": "more are stuck at 0.005 than at 0.05: difference in points",
        "higher_less_stuck": "fewer are stuck at 0.5 than at 0.05: difference in points",
        "relu_solved": "ReLU solves more seeds than the sigmoid by epoch {}: difference in points",
        "sigmoid_slower_fused": "an epoch takes longer with the sigmoid, compiled engine",
        "sigmoid_slower_torch": "an epoch takes longer with the sigmoid, PyTorch",
    },
    heads={
        "network": "network",
        "solved_at": "solved by epoch {}",
        "epoch": "epoch",
        "loss": "loss",
        "solved": "solved",
        "mean_accuracy": "mean training accuracy",
        "mean_test_accuracy": "mean accuracy on fresh points",
        "mean_gap": "gap",
        "median_accuracy": "training accuracy",
        "median_test_accuracy": "accuracy on fresh points",
        "median_loss": "loss",
        "rough_share": "90% or more",
        "good_share": "95% or more",
        "usual_share": "over 99.90%",
        "what": "number",
        "fifth": "5% of seeds below",
        "median": "median",
        "ninety_fifth": "5% of seeds above",
        "reads_said": "reads 99.93%",
        "at_least_said": "99.93% or more",
        "rate": "learning rate",
        "stuck": "stuck",
        "still_learning": "still learning",
        "diverged": "diverged",
        "activation": "activation",
        "fused": "an epoch, compiled",
        "torch": "an epoch, PyTorch",
    },
    cells={
        "training_accuracy": "training accuracy",
        "fresh_accuracy": "accuracy on fresh points",
        "one_minus_loss": "1 − loss",
    },
    made_by="The same study by itself:",
    claims=_CLAIMS,
)
