"""The names that programs import from the top of the package."""

import subprocess
import sys

import pytest

import agent
from agent.errors import INSTALL_AGENT


def printed(code: str) -> str:
    """Return what a new process prints that runs `code`."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_every_public_name_can_be_imported() -> None:
    assert all(getattr(agent, name) for name in agent.__all__)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = agent.nothing  # type: ignore[attr-defined]


def test_importing_the_package_imports_nothing_else() -> None:
    loaded = "import agent, sys; print([name for name in sys.modules if name.startswith(('agent.', 'msgspec'))])"
    assert printed(loaded) == "[]\n"


def test_the_writer_needs_neither_the_sdk_nor_the_observer() -> None:
    loaded = "[name for name in ('claude_agent_sdk', 'starlette', 'observer', 'mcp') if name in sys.modules]"
    assert printed(f"import agent, sys; agent.RunLog; print({loaded})") == "[]\n"


def test_a_name_that_needs_no_sdk_neither_imports_it_nor_requires_it() -> None:
    names = ["BuildLimits", "Outcome", "RunLog", "ScriptError", "demo_script", "isolated_env", "load_script", "serve"]
    code = f"[name for name in {names} if getattr(agent, name) and 'claude_agent_sdk' in sys.modules]"
    assert printed(f"import agent, sys; print({code})") == "[]\n"
    assert printed(f"import agent, sys; sys.modules['claude_agent_sdk'] = None; print({code})") == f"{names}\n"


@pytest.mark.parametrize("name", ["build", "record"])
def test_without_the_sdk_a_name_that_needs_it_says_what_to_install(name: str) -> None:
    code = f"""if True:
        import sys
        sys.modules["claude_agent_sdk"] = None  # as if it were not installed
        try:
            from agent import {name}
        except ImportError as error:
            print(error)
    """
    needs = f"requires the package claude_agent_sdk, which is not installed; {INSTALL_AGENT}"
    assert printed(code) == f"agent.{name} {needs}\n"
