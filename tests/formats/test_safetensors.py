"""Files that are written whole or not at all, and read back as they were."""

import os
import stat

import ml_dtypes
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors
from rustorch_fn import numpy as rnp
from rustorch_fn.formats import files, safetensors

DTYPES = "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 bfloat16 float32 float64".split()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.safetensors"


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_comes_back(path, dtype):
    x = rnp.asarray(np.arange(6).reshape(2, 3), dtype=dtype)
    safetensors.save(path, {"fc": {"weight": x}, "one": x[0, 1], "none": x[:0]})
    back = safetensors.load(path)
    assert back.keys() == {"fc", "one", "none"}
    assert {str(leaf.dtype) for leaf in rt.tree.leaves(back)} == {dtype}
    assert (back["one"].shape, back["none"].shape) == ((), (0, 3))
    np.testing.assert_array_equal(np.asarray(back["fc"]["weight"]), np.asarray(x))


def test_numpy_arrays_of_any_layout(path):
    x = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    safetensors.save(path, {"t": x.T, "s": x[::2, ::-1], "b": x.astype(">f4")})
    back = safetensors.load(path)
    np.testing.assert_array_equal(back["t"], x.T)
    np.testing.assert_array_equal(back["s"], x[::2, ::-1])
    np.testing.assert_array_equal(back["b"], x)


def test_other_readers_and_writers_agree(path):
    from safetensors import numpy as theirs

    x = np.arange(4, dtype=np.float32)
    safetensors.save(path, {"a": {"b": rnp.asarray(x)}})
    np.testing.assert_array_equal(theirs.load_file(path)["a.b"], x)
    theirs.save_file({"c.d": x, "e": x.astype(ml_dtypes.bfloat16)}, path)
    back = safetensors.load(path)
    np.testing.assert_array_equal(back["c"]["d"], x)
    assert str(back["e"].dtype) == "bfloat16"


def test_equal_contents_are_equal_bytes():
    words = {str(n): str(n) for n in range(20)}
    tensors = {"b": rnp.ones(3), "a": {"c": rnp.ones(2, "bool"), "d": rnp.ones((2, 2))}}
    assert safetensors.dumps(tensors, words) == safetensors.dumps(tensors, dict(words))


def test_metadata(path):
    safetensors.save(path, {"a": rnp.ones(1)}, {"epochs": "3"})
    assert safetensors.metadata(path) == {"epochs": "3"}
    safetensors.save(path, {"a": rnp.ones(1)})
    assert safetensors.metadata(path) == {}
    with pytest.raises(errors.BadType, match=r"metadata\['epochs'\]"):
        safetensors.save(path, {}, {"epochs": 3})


def test_a_failed_save_leaves_the_old_file(path, monkeypatch):
    safetensors.save(path, {"a": rnp.ones(1)})
    before = path.read_bytes()

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.FileFormat, match="No space left"):
        safetensors.save(path, {"a": rnp.zeros(1)})
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_a_link_is_followed_and_the_umask_kept(path):
    link = path.with_name("link")
    link.symlink_to(path)
    old = os.umask(0o027)
    try:
        safetensors.save(link, {"a": rnp.ones(1)})
    finally:
        os.umask(old)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_check_writable(path):
    files.check_writable(path)
    assert not path.exists()
    with pytest.raises(errors.FileFormat, match="is a folder"):
        files.check_writable(path.parent)
    with pytest.raises(errors.FileFormat, match="its folder does not exist"):
        files.check_writable(path / "below")
    with pytest.raises(errors.FileFormat, match="no regular file"):
        files.check_writable(os.devnull)
    with pytest.raises(errors.FileFormat, match="cannot be written"):
        files.check_writable(path.with_name(300 * "x"))
    path.symlink_to(path)
    with pytest.raises(errors.FileFormat, match="cannot be written"):
        files.check_writable(path)


FOREIGN = {"empty": b"", "short": b"abc", "long header": b"\xff" * 64, "json": b"\x02" + bytes(7) + b"[]"}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_bytes(path, name):
    path.write_bytes(FOREIGN[name])
    with pytest.raises(errors.FileFormat, match="is no safetensors file"):
        safetensors.load(path)


def test_a_cut_file(path):
    safetensors.save(path, {"a": rnp.ones(100)})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(errors.FileFormat, match="is no safetensors file"):
        safetensors.load(path)


def test_what_cannot_be_saved(path):
    with pytest.raises(errors.BadType, match="a is of type list"):
        safetensors.save(path, {"a": ["word"]})
    with pytest.raises(errors.FileFormat, match="cannot be read"):
        safetensors.load(path)
    with pytest.raises(errors.BadArgument, match="a name is not right"):
        safetensors.loads(safetensors.dumps({"a": rnp.ones(1), "a.b": rnp.ones(1)}))


def test_complex_numbers_and_float8_come_back():
    held = {
        "z": rt.numpy.array([1 + 2j, 3]),
        "a": rt.numpy.ones(3, "float8_e4m3fn"),
        "b": rt.numpy.ones(5, "float8_e5m2"),
    }
    back = safetensors.loads(safetensors.dumps(held))
    for name, x in held.items():
        assert back[name].dtype == x.dtype
        assert rt.numpy.array_equal(back[name], x)
