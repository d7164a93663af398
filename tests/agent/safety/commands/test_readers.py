"""Commands that provably only read, and those of which that is not known."""

import pytest

from agent.safety.commands.readers import only_reads


@pytest.mark.parametrize(
    "text",
    [
        "cat feature_list.json",
        "cat notes.md | grep -c x; sleep 600",
        "until [ -e late ]; do sleep 0.1; done",
        "cd sub && ls -la *.py 2>/dev/null || true",
        "if [ -f x ]; then head -5 x; else echo none >&2; fi",
        "tail -f server.log &",
        "timeout 9 tail -f server.log",
        "wc -l < notes.md",
        "printf '%s\\n' done",
        "echo $(cat notes.md)",
        "jq -r .name package.json",
        "",
    ],
)
def test_a_command_of_nothing_but_readers_only_reads(text: str) -> None:
    assert only_reads(text)


@pytest.mark.parametrize(
    "text",
    [
        "make test",
        "bash verify.sh",
        "cat feature_list.json; python3 -c 'import time; time.sleep(10)'",
        "cat x > y",
        "cat x &> y",
        "cat <> x",
        "cat x | tee y",
        "cat <(rm x)",
        "echo $(python3 x.py)",
        "echo `rm x`",
        "./cat x",
        '"$program" x',
        "timeout 9 python3 x.py",
        "timeout 9 sh -c ls",
        "jq -i . x",
        "jq $options . x",
        "git status",
        "find . -delete",
        "sed -n 'w y' x",
        "cat <<'EOF' > x\ny\nEOF",
        "echo 'unfinished",
    ],
)
def test_what_writes_or_runs_other_programs_does_not(text: str) -> None:
    assert not only_reads(text)


@pytest.mark.parametrize(
    "text",
    [
        "PATH=.; cat x",
        "PATH=. cat x",
        "export PATH=.; cat x",
        "read PATH < x; cat x",
        "for PATH in .; do cat x; done",
        "printf -v PATH .; cat x",
        "echo ${PATH:=.}",
        "cat() { rm x; }; cat x",
        "test -v 'a[$(rm x)]'",
        "echo $((x = 1))",
    ],
)
def test_a_name_that_may_mean_another_program_proves_nothing(text: str) -> None:
    assert not only_reads(text)
