"""Checks the contents of the wheel and the source archive in a directory against the files that git knows.

The source archive has all of them. The wheel has the packages, without tests, and the manual pages.
"""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parent.parent


def tracked_files() -> set[str]:
    """Return the paths of all files in git's index."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607
    return set(listing.stdout.split("\0")) - {""}


def in_source_archive(archive: Path) -> set[str]:
    """Return the paths below the archive's directory, without the metadata that the build adds."""
    with tarfile.open(archive) as files:
        paths = {PurePosixPath(member.name) for member in files.getmembers() if member.isfile()}
    return {str(path.relative_to(path.parts[0])) for path in paths} - {"PKG-INFO"}


def in_wheel(wheel: Path) -> set[str]:
    """Return the paths in the wheel, without its metadata; a manual page by its name only."""
    with zipfile.ZipFile(wheel) as files:
        paths = {PurePosixPath(name) for name in files.namelist()}
    paths = {path for path in paths if not path.parts[0].endswith(".dist-info")}
    return {f"man/{path.name}" if path.parts[0].endswith(".data") else str(path) for path in paths}


def expected_in_wheel(tracked: set[str]) -> set[str]:
    """Return the files of the two packages, the modules in `packaging`, and the manual pages."""
    packages = {path for path in tracked if path.startswith(("agent/", "observer/"))}
    modules = {path.removeprefix("packaging/") for path in tracked if path.startswith("packaging/")}
    manual = {path.removeprefix("docs/") for path in tracked if path.startswith("docs/man/") and path.endswith(".1")}
    return packages | modules | manual


def differences(what: str, found: set[str], expected: set[str]) -> list[str]:
    """Return a sentence for each file that is missing or should not be there."""
    return [
        *(f"{what} lacks {path}" for path in sorted(expected - found)),
        *(f"{what} has {path}, which is not in git or does not belong there" for path in sorted(found - expected)),
    ]


def main() -> int:
    """Check the two archives in the directory that the first argument names. Returns the exit code."""
    (wheel,) = Path(sys.argv[1]).glob("*.whl")
    (source,) = Path(sys.argv[1]).glob("*.tar.gz")
    tracked = tracked_files()
    found = differences("the source archive", in_source_archive(source), tracked)
    found += differences("the wheel", in_wheel(wheel), expected_in_wheel(tracked))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
