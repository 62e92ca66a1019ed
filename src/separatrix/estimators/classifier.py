"""MLPBinaryClassifier: a network and a recipe behind scikit-learn's conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_is_fitted

from separatrix.estimators._base import TableClassifier, with_callbacks
from separatrix.estimators._decisions import forget_decisions, restore_decisions
from separatrix.estimators._fitted import (
    TrainingResults,
    constant_attributes,
    extras_of,
    joined,
    portable_of,
)
from separatrix.estimators._prediction import by_blocks, is_checked_array, logit
from separatrix.estimators._reasons import restored_profile
from separatrix.estimators._rows import (
    columns_unchanged_on_error,
)
from separatrix.estimators._training import fit_network, fit_pass
from separatrix.estimators.encoding._reading import as_numbers, read_columns
from separatrix.estimators.encoding.encoding import ScaledNumbers, encode
from separatrix.estimators.encoding.unseen import unseen_texts, warn_of_unseen
from separatrix.estimators.roles import read_roles, without_columns
from separatrix.support.surroundings import insulated
from separatrix.training.run import History

if TYPE_CHECKING:
    from separatrix.estimators.portable import Portable
    from separatrix.networks.network import Network
    from separatrix.training.run import Run


@insulated
class MLPBinaryClassifier(TrainingResults, TableClassifier):
    """A classifier for two classes: a small neural network on a table as it is.

    Rows are put into an order of their own before training, so that the order in which they are given doesn't matter,
    and a weight of k trains as k copies of the row do.

    Args:
        hidden_layer_sizes: units of each hidden layer. A number is a single layer, () is a logistic regression.
        activation: a name from `separatrix.networks.activations.ACTIVATIONS`, or one for each hidden layer.
        init: how initial parameters are drawn, a name from `INITIALISATIONS`.
        outputs: 1, a logit for the sigmoid, or 2 for the softmax.
        loss: "auto" is binary cross-entropy computed from logits. Also a name from `LOSSES`, or a function of your own.
        focal_gamma: exponent of the focal loss.
        optimizer: a name from `OPTIMIZERS`, or a function of your own, parameters -> `torch.optim.Optimizer`.
        learning_rate_init: the highest learning rate. None takes the optimiser's default (Adam 0.001, Adagrad 0.01, …).
        schedule: how the learning rate changes, a name from `SCHEDULES`.
        momentum: of "sgd" only, as in scikit-learn.
        nesterovs_momentum: whether the momentum is Nesterov's.
        beta_1: decay of the running mean of gradients in "adam" and "adamw".
        beta_2: decay of the running mean of squared gradients in the same.
        epsilon: added to the divisor of adaptive optimisers. None is the optimiser's default.
        weight_decay: of "adamw" and "sgd", as in PyTorch. None is the optimiser's default.
        alpha: L2 penalty, divided by the weight of the rows of a batch, as in scikit-learn.
        l1: L1 penalty, which isn't divided.
        batch_size: "auto" is 200, or all rows if there are fewer. None is all rows.
        max_iter: maximum number of epochs.
        tol: smallest decrease of the loss that counts as one.
        n_iter_no_change: number of epochs without a decrease of the loss after which training ends. None is never.
        early_stopping: whether to stop by the validation loss and keep the best parameters.
        validation_fraction: share of each class that is set aside for early stopping, unless `fit` gets a validation set.
        class_weight: a dict from label to weight, "balanced", or None.
        encoder: "auto" encodes any table with a `TableEncoder`. Also an unfitted `TableEncoder` of your own
            settings, or None, which takes numbers as they are.
        engine: "fused", "torch", or "auto" for the fastest one that supports the other settings.
        device: where to compute: "cpu", "cuda" …
        dtype: of the training, "float32" or "float64".
        n_jobs: threads of the training. None is 1, -1 all cores. The result doesn't depend on it.
        random_state: the seed. None draws one.
        warm_start: whether `fit` begins with the parameters of the last `fit`.
        verbose: True prints ten lines about the training, 2 one line per epoch.

    Attributes:
        classes_: the two labels, sorted; probabilities are those of the second.
        n_features_in_: number of columns of X.
        feature_names_in_: their names, if X has names.
        target_name_: the target's name after `fit(frame, "target")`, or None.
        left_out_: columns of the frame that are no features, each with the reason.
        named_columns_: columns of weights, groups and times, by the argument of `fit` that named them.
        network_: the network.
        parameters_: its parameters, (p,).
        encoding_: the fitted encoding of the columns, or None.
        run_: the run of the last training.
        n_iter_: its epochs.
        log_: the history of all trainings since the last cold start, a row per epoch.

    Examples:
        >>> import numpy as np
        >>> X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]] * 10), np.array(["no", "yes", "yes", "no"] * 10)
        >>> clf = MLPBinaryClassifier((16,), learning_rate_init=0.05, random_state=0).fit(X, y)
        >>> clf.predict([[0.0, 1.0], [1.0, 1.0]]).tolist(), clf.classes_.tolist()
        (['yes', 'no'], ['no', 'yes'])
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (64, 64),
        activation: Any = "relu",
        *,
        init: str = "torch",
        outputs: int = 1,
        loss: Any = "auto",
        focal_gamma: float = 2.0,
        optimizer: Any = "adam",
        learning_rate_init: float | None = None,
        schedule: str = "constant",
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = None,
        weight_decay: float | None = None,
        alpha: float = 0.0001,
        l1: float = 0.0,
        batch_size: Any = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int | None = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: Any = None,
        encoder: Any = "auto",
        engine: str = "auto",
        device: str = "cpu",
        dtype: str = "float32",
        n_jobs: int | None = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: Any = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.init = init
        self.outputs = outputs
        self.loss = loss
        self.focal_gamma = focal_gamma
        self.optimizer = optimizer
        self.learning_rate_init = learning_rate_init
        self.schedule = schedule
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.weight_decay = weight_decay
        self.alpha = alpha
        self.l1 = l1
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.encoder = encoder
        self.engine = engine
        self.device = device
        self.dtype = dtype
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose

    # Training.

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        groups: Any = None,
        time: Any = None,
        drop: Any = None,
        keep: Any = None,
        probabilities: Any = None,
    ) -> MLPBinaryClassifier:
        """Train.

        Args:
            X: a table: any array (n, d), or a data frame of pandas, polars, pyarrow … .
            y: labels of two classes, (n,), or the name of a column of X.
            sample_weight: (n,), or the name of a column of X; 0 removes a row, k counts it k times.
            X_val: a validation set of your own, for its curves and for early stopping.
            y_val: its labels, or the name of their column.
            sample_weight_val: its weights.
            groups: the group of each row, (n,), or the name of a column of X: rows held out for early stopping and for
                statistics of categories are whole groups.
            time: the time of each row, (n,), or the name of a column of X: the rows held out are the last ones, and
                statistics of categories come from earlier rows alone.
            drop: names of columns of the frame X that are no features; a mapping also has the reason of each.
            keep: names of columns that are features although they have another role here or look useless; "all" keeps
                every column and warns of none. By default columns that cannot help to predict a new row are left out of
                a frame with a warning: row numbers, texts that are different in every row, constants.
            probabilities: soft labels: of each row the probability of the second class, (n,), which is learnt in place of its
                label. The labels still name the classes, and statistics of categories come from them.

        Raises:
            ValueError: settings, columns, labels, weights, groups or times that can't be used; the message says what to do.
        """
        with columns_unchanged_on_error(self):
            roles = read_roles(X, y, sample_weight, groups, time, drop, keep)
            fit_network(self, roles, (X_val, y_val, sample_weight_val), probabilities)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> MLPBinaryClassifier:
        """Train one epoch on these rows, starting from the present parameters and the optimiser's memory.

        The encoder is fitted to the rows of the first call and stays as it is. Early stopping doesn't apply, and
        `class_weight="balanced"` counts the rows of all calls so far.

        Args:
            X: a table, as for `fit`.
            y: labels, (n,), which may be all of one class.
            classes: the two classes, which the first call needs.
            sample_weight: (n,).

        Raises:
            ValueError: as `fit`; or no classes in the first call.
        """
        with columns_unchanged_on_error(self):
            fit_pass(self, X, y, classes, sample_weight)
        return self

    def _take(self, run: Run, constant: dict[str, Any], before: History | None, weights: np.ndarray) -> None:
        """Set the fitted attributes, all at once, so that an error before leaves the estimator as it was.

        Args:
            run: the training.
            constant: see `constant_attributes`.
            before: history of the trainings that this one continues, or None.
            weights: total weight of each class so far, (2,).
        """
        # after the training, so that an error leaves the earlier fit usable
        for name, value in constant.items():
            setattr(self, name, value)
        forget_decisions(self)
        self.__dict__.pop("input_", None)  # the training file of an estimator that was loaded
        self.run_, self.parameters_, self.n_iter_, self._class_weights = run, run.parameters, run.epochs, weights
        self.log_ = run.log if before is None else joined(before, run.log)

    # Prediction.

    def decision_function(self, X: Any) -> np.ndarray:
        """The logit of the second class, positive where it is predicted: (n,) float64."""
        check_is_fitted(self)
        if issparse(X):
            return by_blocks(X.tocsr(), lambda block: self.decision_function(block.toarray()))
        # for one row, scikit-learn's checks take longer than the network
        x: Any = X if is_checked_array(X, self.n_features_in_) and not hasattr(self, "feature_names_in_") else None
        if x is None:
            X = without_columns(X, self.target_name_, self.left_out_)
            x = as_numbers(read_columns(self, X, encoded=self.encoding_ is not None, reset=False))
            warn_of_unseen(unseen_texts((self.encoding_,), x))
        network: Network = self.network_
        return logit(network, self.parameters_, x, self._encode_block)

    def _encode_block(self, x: Any) -> np.ndarray:
        dtype = self.parameters_.dtype.name
        # one vectorised step for all columns: column by column takes longer than the network
        if self._scaled is not None and isinstance(x, np.ndarray):
            quick: ScaledNumbers = self._scaled
            return quick.encode(x, dtype)
        return encode(self.encoding_, x, dtype)

    def predict(self, X: Any) -> np.ndarray:
        """The label of each row, (n,): the second class where its logit is above 0, or by `choose_threshold`."""
        # the logit is above 0 where the probability, which may be rounded to one half, is above it
        usual = self.threshold_ == 0.5 and self.costs_ is None
        is_second = self.decision_function(X) > 0 if usual else self._is_second(X)
        labels: np.ndarray = self.classes_[is_second.astype(np.intp)]
        return labels

    # Files and exports, conventions.

    def _portable(self) -> Portable:
        """All that prediction needs, as plain records."""
        check_is_fitted(self)
        return portable_of(self)

    def _extras(self) -> dict[str, Any]:
        """All other fitted attributes, as plain values, arrays and the run."""
        return extras_of(self)

    def _restore(self, portable: Portable, extras: dict[str, Any]) -> None:
        """Become the estimator that these were taken from."""
        member, run, log, names = portable.members[0], extras["run_"], extras["log_"], extras["feature_names_in_"]
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        self.n_features_in_ = int(extras["n_features_in_"])
        classes = np.asarray(extras["classes_"])
        roles = extras.get("left_out"), extras.get("named_columns")
        constant = constant_attributes(classes, member.encoding, member.network, extras["target_name_"], *roles)
        self._take(run, constant, None, np.asarray(extras["mass"]))
        self.profile_ = restored_profile(extras.get("profile"), portable.columns)
        restore_decisions(self, float(extras.get("threshold", 0.5)), extras)
        if log is not None:
            self.log_ = History(**log)

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` or `partial_fit` has been called."""
        return hasattr(self, "parameters_")

    def _takes_any_column(self) -> bool:
        return self.encoder is not None
