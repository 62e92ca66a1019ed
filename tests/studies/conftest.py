"""Small studies: a few dozen runs that take a second."""

import pytest

import separatrix as sx


@pytest.fixture(scope="session")
def study() -> sx.Study:
    """Four conditions, two checkpoints, some runs solved and some not."""
    return sx.Study.grid(widths=(2, 6), loss=("bce", "mse"), lr=0.5, n=30, n_test=50, checkpoints=(100, 400), seeds=12)


@pytest.fixture(scope="session")
def results(study, tmp_path_factory) -> sx.Results:
    """Its results; made once, so leave them as they are."""
    return sx.run_study(study, tmp_path_factory.mktemp("study") / "folder")


@pytest.fixture(scope="session")
def files():
    """The table's files by name with their bytes: what must not depend on how they were made."""

    def read(results: sx.Results) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((results.folder / "table").glob("*.parquet"))}

    return read
