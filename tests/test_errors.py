"""The error tree: every error is also the built-in kind that users catch."""

import pytest

from separatrix import errors

BUILT_IN = {
    "InvalidParameter": ValueError,
    "InvalidData": ValueError,
    "InvalidNames": TypeError,
    "EngineRefusal": ValueError,
    "DataFileError": ValueError,
    "ModelFileError": ValueError,
    "OutputError": OSError,
    "OutOfMemory": MemoryError,
    "ForkedProcess": RuntimeError,
    "MissingPackage": ImportError,
}


@pytest.mark.parametrize(("name", "kind"), BUILT_IN.items())
def test_an_error_is_caught_as_its_built_in_kind_and_as_the_root(name, kind):
    error = getattr(errors, name)("what came")
    assert isinstance(error, kind)
    assert isinstance(error, errors.SeparatrixError)
    assert str(error) == "what came"


def test_the_drawing_in_the_docstring_names_every_error():
    own = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)]
    assert set(own) == {*BUILT_IN, "SeparatrixError"}
    assert all(name in errors.__doc__ for name in own)
