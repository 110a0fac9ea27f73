"""What a Linux desktop is told of the program."""

import configparser
import shutil
import subprocess
import tarfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

APP_ID = "org.fusionviewer.FusionViewer"
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


@pytest.fixture
def linux(root: Path) -> Path:
    return root / "packaging" / "linux"


def desktop_types(linux: Path) -> set[str]:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(linux / f"{APP_ID}.desktop", encoding="utf-8")
    return set(entry["Desktop Entry"]["MimeType"].strip(";").split(";"))


def test_the_desktop_entry_opens_several_files_and_names_the_types_of_the_viewer(
    linux: Path,
) -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(linux / f"{APP_ID}.desktop", encoding="utf-8")
    assert entry["Desktop Entry"]["Exec"] == "fusionviewer %F"
    wanted = {"application/dicom", "application/x-nifti", "image/png", "image/tiff"}
    assert wanted <= desktop_types(linux)


def test_the_store_page_names_the_same_program_and_types_as_the_desktop_entry(linux: Path) -> None:
    about = ElementTree.parse(linux / f"{APP_ID}.metainfo.xml").getroot()
    assert about.findtext("id") == APP_ID
    assert about.findtext("launchable") == f"{APP_ID}.desktop"
    types = {element.text for element in about.iter("mediatype")}
    assert types == desktop_types(linux) - {"inode/directory"}


def test_nifti_files_and_sessions_have_types_of_their_own(linux: Path) -> None:
    types = ElementTree.parse(linux / "fusionviewer-mime.xml").getroot()
    globs = {glob.get("pattern") for glob in types.iter(f"{MIME}glob")}
    assert globs == {"*.nii", "*.nii.gz", "*.fvsession"}
    assert {one.get("type") for one in types.iter(f"{MIME}mime-type")} <= desktop_types(linux)


@pytest.mark.parametrize(
    ("tool", "words", "file"),
    [
        ("desktop-file-validate", [], f"{APP_ID}.desktop"),
        ("appstreamcli", ["validate", "--no-net"], f"{APP_ID}.metainfo.xml"),
    ],
)
def test_the_validators_find_nothing(linux: Path, tool: str, words: list[str], file: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    command = [tool, *words, str(linux / file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error" not in done.stdout


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder like that of a program, with a link in it."""
    folder = tmp_path / "fusionviewer"
    (folder / "_internal" / "resources").mkdir(parents=True)
    (folder / "fusionviewer").write_text("#!/bin/sh\n")
    (folder / "fusionviewer").chmod(0o755)
    (folder / "_internal" / "library.so").write_text("x" * 3000)
    (folder / "_internal" / "link.so").symlink_to("library.so")
    return folder


def test_the_archive_is_the_same_every_time_and_keeps_rights_and_links(
    program: Path, tmp_path: Path
) -> None:
    from archive import write_archive

    path = write_archive(program, tmp_path, "1.2.3", "light", 1_700_000_000)
    first = path.read_bytes()
    assert write_archive(program, tmp_path, "1.2.3", "light", 1_700_000_000).read_bytes() == first
    with tarfile.open(path) as archive:
        top = "fusionviewer-1.2.3-light-linux-x86_64"
        assert archive.getnames()[0] == top
        assert archive.getmember(f"{top}/fusionviewer").mode == 0o755
        assert archive.getmember(f"{top}/_internal/library.so").mode == 0o644
        assert archive.getmember(f"{top}/_internal/link.so").linkname == "library.so"


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_the_package_puts_the_program_in_opt_and_its_icons_on_the_desktop(
    program: Path, tmp_path: Path
) -> None:
    from deb import PICTURE_SIZES, write_deb

    path = write_deb(program, tmp_path, "1.2.3", "light", 1_700_000_000)
    listed = subprocess.run(
        ["dpkg-deb", "--contents", str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert "./usr/bin/fusionviewer -> /opt/fusionviewer/fusionviewer" in listed
    assert "./opt/fusionviewer/_internal/link.so -> library.so" in listed
    assert all(f"/{size}x{size}/apps/fusionviewer.png" in listed for size in PICTURE_SIZES)
    said = subprocess.run(
        ["dpkg-deb", "--field", str(path), "Depends"], capture_output=True, text=True, check=True
    ).stdout
    assert {"libegl1", "libgl1", "libfontconfig1"} <= set(said.strip().split(", "))
