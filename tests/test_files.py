"""What a reader of files takes, and the error for each thing that it does not."""

import errno
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from problembrowser import files

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs Unix files")


def fault(path, limit=2048):
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the error is returned
        files.read(path, limit)
    return caught.value


def test_a_file_up_to_the_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\xff\r\n" + bytes(2045))
    assert files.read(path, 2048) == b"\xff\r\n" + bytes(2045)
    assert files.read(str(path), 4096) == b"\xff\r\n" + bytes(2045)
    assert fault(path, 2047).errno == errno.EFBIG
    assert fault(path, 2047).strerror == "It is larger than 1 KiB"
    path.write_bytes(b"")
    assert files.read(path, 0) == b""


def test_a_file_of_any_size_costs_no_more_than_the_limit(tmp_path):
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(2**40)
    assert fault(path).errno == errno.EFBIG


def test_what_is_no_file(tmp_path):
    assert fault(tmp_path).errno == errno.EISDIR
    assert fault(tmp_path / "no").errno == errno.ENOENT
    assert fault("a\0b").strerror == "That is no name of a file"
    assert fault("").errno == errno.ENOENT


@unix
def test_what_never_ends_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(tmp_path)  # the name of a socket is short
        listening.bind("socket")
        for name in ("pipe", "zero", "socket"):
            assert fault(tmp_path / name).strerror == "It is a pipe or a device, not a file"
    assert fault("\ud800").strerror == "That is no name of a file"


@unix
def test_links_and_names_that_are_no_text_are_followed(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9")
    path.write_bytes(b"x")
    (tmp_path / "link").symlink_to(path)
    assert files.read(str(path), 1) == files.read(tmp_path / "link", 1) == b"x"
    (tmp_path / "circle").symlink_to("circle")
    assert fault(tmp_path / "circle").errno == errno.ELOOP


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with suppress(ZeroDivisionError), files.replacing(path) as part:
        Path(part).write_text("half")
        assert path.read_text() == "old"
        1 / 0  # noqa: B018
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "old"
    with files.replacing(path) as part:
        Path(part).write_text("new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "new"


@unix
def test_who_is_alone_keeps_others_waiting(tmp_path):
    with (
        files.alone(tmp_path),
        pytest.raises(TimeoutError, match="Another process holds it"),
        files.alone(tmp_path, seconds=0.1),
    ):
        pass
    with files.alone(tmp_path, seconds=0.1):
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError), files.alone(tmp_path / "no"):
        pass
