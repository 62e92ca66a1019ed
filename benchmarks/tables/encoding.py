"""What a method that wants numbers is given: scikit-learn's own steps, fitted on the training rows alone."""

from __future__ import annotations

from typing import Any

import pandas as pd


def numbers(scaled: bool, imputed: bool = True) -> Any:
    """A `ColumnTransformer`: medians and a column that tells what was missing, categories one-hot.

    Args:
        scaled: standardise the numbers, for methods to which a column's unit matters.
        imputed: False leaves missing numbers as NaN, for trees that split on them.

    A missing category is a level of its own; levels seen once share a column, and one never seen joins them (all zeros
    where there is no such column).
    """
    from sklearn.compose import ColumnTransformer, make_column_selector
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    steps = [SimpleImputer(strategy="median", add_indicator=True)] * imputed + [StandardScaler()] * scaled
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2, sparse_output=False)
    return ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(*steps) if steps else "passthrough",
                make_column_selector(dtype_include="number"),
            ),
            ("categories", one_hot, make_column_selector(dtype_include="category")),
        ]
    )


class Imputed:
    """A classifier behind medians and indicators of the numbers; categories pass as they are, missing ones too."""

    def __init__(self, classifier: Any):
        self.classifier = classifier

    def fit(self, frame: pd.DataFrame, y: Any) -> Imputed:
        holes = frame.select_dtypes("number").isna().any()
        self.indicated_ = list(holes.index[holes])
        self.medians_ = frame.select_dtypes("number").median()
        self.classifier.fit(self._filled(frame), y)
        return self

    def predict_proba(self, frame: pd.DataFrame) -> Any:
        return self.classifier.predict_proba(self._filled(frame))

    def _filled(self, frame: pd.DataFrame) -> pd.DataFrame:
        told = {f"{name} is missing": frame[name].isna().astype(float) for name in self.indicated_}
        return frame.fillna(self.medians_.to_dict()).assign(**told)


class TextCategories:
    """A classifier that wants categories as texts and a text for a missing one: CatBoost."""

    def __init__(self, classifier: Any):
        self.classifier = classifier

    def fit(self, frame: pd.DataFrame, y: Any) -> TextCategories:
        self.classifier.fit(self._texts(frame), y, cat_features=list(frame.select_dtypes("category")))
        return self

    def predict_proba(self, frame: pd.DataFrame) -> Any:
        return self.classifier.predict_proba(self._texts(frame))

    def _texts(self, frame: pd.DataFrame) -> pd.DataFrame:
        named = frame.select_dtypes("category")
        return frame.assign(**{name: named[name].astype(object).fillna("missing") for name in named})
