"""What the files of the page have to keep to, without a browser."""

import re
from pathlib import Path

import pytest

from observer.web.static import assets

PACKAGE = Path(__file__).parents[3] / "observer"
FOLDERS = (PACKAGE / "web/page", PACKAGE / "assets")
MODULES = sorted(module for folder in FOLDERS for module in folder.glob("*.js"))
LONGEST = 300


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_is_short_and_opens_with_what_it_is_for(module: Path) -> None:
    lines = module.read_text("utf-8").splitlines()
    assert re.match(r"// \S.*", lines[0])
    assert len(lines) <= LONGEST


def test_the_files_of_both_folders_are_served_and_no_two_of_them_have_one_name() -> None:
    names = [file.name for folder in FOLDERS for file in folder.iterdir() if file.suffix != ".py" and file.is_file()]
    assert sorted(names) == sorted(assets())


def test_every_module_is_used_and_every_import_is_there() -> None:
    named = {name for module in MODULES for name in re.findall(r'from "\./([^"]+)"', module.read_text("utf-8"))}
    assert named | {"main.js"} == {module.name for module in MODULES}


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    for file in (file for folder in FOLDERS for file in folder.iterdir() if file.is_file()):
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|innerHTML|insertAdjacentHTML|\beval\b|new Function", text), file.name


def test_the_page_escapes_what_the_terminal_escapes() -> None:
    page = PACKAGE / "assets/sanitize.js"
    python = (PACKAGE / "format" / "sanitize.py").read_text("utf-8")
    always = re.findall(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", python.split("_ALWAYS = (")[1].split("\n)")[0])
    theirs = {int(sign[2:], 16) for sign in always}
    ours = {int(sign, 16) for sign in re.findall(r"\\\\u\{([0-9a-f]+)\}", page.read_text("utf-8").split("JOINERS")[0])}
    assert ours == theirs
