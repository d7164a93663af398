"""What a feature says when an optional package that it needs is not installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from observer.errors import missing_packages
from tests.observer.written import small

WITHOUT = "import sys; sys.modules[sys.argv.pop(1)] = None; from observer.__main__ import main; main()"
"""A program that runs `observe` as if the package that the first argument names were not installed."""


@pytest.mark.parametrize(
    ("package", "arguments", "feature", "packages", "extra"),
    [
        ("starlette", ["serve"], "serve", "starlette and uvicorn", "web"),
        ("nats", ["tail", "nats://127.0.0.1:1/latest"], "nats://", "nats-py", "nats"),
        ("jsonschema_rs", ["check", "run.ndjson"], "check", "jsonschema-rs", "check"),
        ("jq", ["tail", "run.ndjson", "--where", ".seq > 1"], "--where", "jq", "query"),
        ("zstandard", ["show", "run.ndjson.zst"], "run.ndjson.zst", "zstandard", "zstd"),
    ],
)
def test_a_missing_package_is_named_with_what_to_run(
    tmp_path: Path, package: str, arguments: list[str], feature: str, packages: str, extra: str
) -> None:
    for name in ("run.ndjson", "run.ndjson.zst"):
        (tmp_path / name).write_bytes(small().bytes)
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT, package, *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (2, f"observe: {missing_packages(feature, packages, extra)}\n")


def test_the_message_has_a_command_for_a_checkout_and_one_for_a_wheel() -> None:
    assert missing_packages("serve", "starlette and uvicorn", "web") == (
        "serve requires starlette and uvicorn; run: pip install '.[web]' (in a checkout of runtail) "
        "or pip install 'FILE.whl[web]' (its wheel)"
    )
