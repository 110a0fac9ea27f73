"""The Debian package: the program in /opt, and what a desktop needs to know of it in /usr.

Source: Debian Policy 4.6; the Filesystem Hierarchy Standard 3.0 for add-on software in /opt.
"""

import gzip
import hashlib
import os
import platform
import shutil
import subprocess
import textwrap
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
APP_ID = "org.fusionviewer.FusionViewer"
OPT = Path("opt/fusionviewer")
PICTURE_SIZES = (16, 32, 48, 64, 128, 256, 512)

# What is left to the system (OF_THE_SYSTEM in contents.py), and what Qt loads by itself. Everything else
# travels with the program. Measured in a fresh Debian 12.
DEPENDS = (
    "libdbus-1-3", "libegl1", "libfontconfig1", "libfreetype6", "libgcc-s1", "libgl1", "libglib2.0-0",
    "libgssapi-krb5-2", "libstdc++6", "libwayland-cursor0", "libwayland-egl1", "libx11-6",
    "libx11-xcb1",
)  # fmt: skip
RECOMMENDS = ("fonts-dejavu-core | fonts-freefont-ttf", "shared-mime-info")

DESCRIPTION = """\
 FusionViewer shows two medical images of one patient (CT, MR, PET, SPECT)
 side by side and fuses them into a third, with published neural networks or
 classical rules. Scores, regions and a loupe tell how much of each source the
 fused image keeps.
 .
 It opens DICOM, NIfTI, PNG, JPEG and TIFF, and works offline. For research
 and teaching; not for diagnostic use."""

# Programs that are built elsewhere and bring their own libraries are like this on purpose.
OVERRIDES = (
    "dir-or-file-in-opt",
    "embedded-library",
    "unstripped-binary-or-object",
    "custom-library-search-path",
    "shared-library-lacks-prerequisites",
    "hardening-no-bindnow",
    "hardening-no-fortify-functions",
    "hardening-no-relro",
    "executable-stack-in-shared-library",
    "library-not-linked-against-libc",
    "binary-from-other-architecture",
    "extra-license-file",
    "no-copyright-file",
    "initial-upload-closes-no-bugs",
    "bad-distribution-in-changes-file",
    "sharedobject-in-library-directory-missing-soname",
    "package-installs-python-bytecode",
    "package-contains-timestamped-gzip",  # the time is that of the commit, and so repeats
    "hardening-no-pie",
    "bogus-mail-host",  # until whoever publishes it says who they are, by DEBEMAIL
    "bogus-mail-host-in-debian-changelog",
)


def write_deb(folder: Path, target: Path, version: str, variant: str, seconds: int) -> Path:
    """The package of the program `folder`, in `target`.

    Both variants have the name `fusionviewer`: one replaces the other.

    Raises:
        CalledProcessError: dpkg-deb failed; it said why.
    """
    tree = target / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(folder, tree / OPT, symlinks=True)
    _write_desktop(tree)
    _write_documents(tree, version, seconds)
    _write_link(tree)
    _write_control(tree, version, variant)
    _make_plain(tree, seconds)
    path = target / f"fusionviewer_{version}_{variant}_{architecture()}.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(path)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(seconds)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return path


def architecture() -> str:
    """This machine's, as Debian calls it."""
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def control(version: str, variant: str, size_kib: int) -> str:
    """The control file. The program runs on the C library it was built with, or a later one."""
    libc = platform.libc_ver()[1] or "2.36"
    return (
        textwrap.dedent(f"""\
        Package: fusionviewer
        Version: {version}+{variant}
        Architecture: {architecture()}
        Maintainer: {maintainer()}
        Installed-Size: {size_kib}
        Depends: {", ".join((f"libc6 (>= {libc})", *DEPENDS))}
        Recommends: {", ".join(RECOMMENDS)}
        Section: science
        Priority: optional
        Description: viewer that fuses CT, MR, PET and SPECT images
        """)
        + DESCRIPTION
        + "\n"
    )


def maintainer() -> str:
    """Whoever publishes the package, as Debian's own tools are told: DEBFULLNAME and DEBEMAIL."""
    name = os.environ.get("DEBFULLNAME", "The FusionViewer developers")
    return f"{name} <{os.environ.get('DEBEMAIL', 'fusionviewer@localhost')}>"


def changelog(version: str, seconds: int) -> str:
    """As Debian's tools read it; what changed is in CHANGELOG.md."""
    when = format_datetime(datetime.fromtimestamp(seconds, UTC))
    return (
        f"fusionviewer ({version}) unstable; urgency=medium\n\n"
        f"  * FusionViewer {version}.\n\n -- {maintainer()}  {when}\n"
    )


def _write_desktop(tree: Path) -> None:
    share = tree / "usr" / "share"
    _copy(HERE / f"{APP_ID}.desktop", share / "applications")
    _copy(HERE / f"{APP_ID}.metainfo.xml", share / "metainfo")
    _copy(HERE / "fusionviewer-mime.xml", share / "mime" / "packages", "fusionviewer.xml")
    icons = ROOT / "resources" / "icons"
    hicolor = share / "icons" / "hicolor"
    for size in PICTURE_SIZES:
        _copy(
            icons / f"fusionviewer-{size}.png",
            hicolor / f"{size}x{size}" / "apps",
            "fusionviewer.png",
        )
    _copy(icons / "fusionviewer.svg", hicolor / "scalable" / "apps")


def _write_documents(tree: Path, version: str, seconds: int) -> None:
    share = tree / "usr" / "share"
    documents = share / "doc" / "fusionviewer"
    documents.mkdir(parents=True)
    licence = "On Debian, its text is in /usr/share/common-licenses/Apache-2.0."
    notice = (ROOT / "packaging" / "licences" / "NOTICE.txt").read_text(encoding="utf-8")
    (documents / "copyright").write_text(
        f"Copyright: 2026 The FusionViewer developers\nLicense: Apache-2.0. {licence}\n"
        f"The licences of all parts are in /{OPT}/licences.\n\n{notice.rsplit(chr(10) * 2, 1)[0]}\n",
        encoding="utf-8",
    )
    _write_packed(documents / "changelog.gz", changelog(version, seconds).encode(), seconds)
    manual = (HERE / "fusionviewer.1").read_text(encoding="utf-8").replace("@VERSION@", version)
    (share / "man" / "man1").mkdir(parents=True)
    _write_packed(share / "man" / "man1" / "fusionviewer.1.gz", manual.encode(), seconds)
    (share / "lintian" / "overrides").mkdir(parents=True)
    lines = "".join(f"fusionviewer: {tag}\n" for tag in OVERRIDES)
    (share / "lintian" / "overrides" / "fusionviewer").write_text(lines, encoding="utf-8")


def _write_packed(path: Path, content: bytes, seconds: int) -> None:
    path.write_bytes(gzip.compress(content, 9, mtime=seconds))


def _write_link(tree: Path) -> None:
    (tree / "usr" / "bin").mkdir(parents=True)
    (tree / "usr" / "bin" / "fusionviewer").symlink_to(f"/{OPT}/fusionviewer")


def _write_control(tree: Path, version: str, variant: str) -> None:
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    sums = "".join(f"{_md5(path)}  {path.relative_to(tree).as_posix()}\n" for path in files)
    size_kib = sum(-(-path.stat().st_size // 1024) for path in files)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "md5sums").write_text(sums, encoding="utf-8")
    (tree / "DEBIAN" / "control").write_text(control(version, variant, size_kib), encoding="utf-8")


def _make_plain(tree: Path, seconds: int) -> None:
    """Rights and times that do not depend on who builds."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            program = path.is_dir() or path == tree / OPT / "fusionviewer" or _is_tool(path)
            path.chmod(0o755 if program else 0o644)
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def _is_tool(path: Path) -> bool:
    return path.name == "torch_shm_manager"


def _copy(source: Path, folder: Path, name: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / (name or source.name))


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
