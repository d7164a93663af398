"""Tool calls and their results as rows, and as the blocks of a screen (`observer.terminal.tool_blocks`)."""

import json

from tests.observer.terminal.rendering import render


def tool_use(name: str, **tool_input: str) -> str:
    return json.dumps({"type": "tool_use", "data": {"id": "a", "name": name, "input": tool_input}})


def test_a_call_shows_its_main_input_with_the_result_below() -> None:
    assert (
        render(
            '{"type":"tool_use","data":{"id":"t1","name":"Bash","input":{"command":"git status"}}}',
            '{"type":"tool_result","data":{"tool_use_id":"t1","name":"Bash","status":"success","duration_ms":312,'
            '"output":"clean","output_bytes":5}}',
        )
        == "● Bash  git status\n└ ✓ 0.3s  clean\n"
    )


def test_a_result_that_does_not_follow_its_call_names_it() -> None:
    text = render(
        '{"type":"tool_use","data":{"id":"t1","name":"Read","input":{"file_path":"a.py"}}}',
        '{"type":"tool_use","data":{"id":"t2","name":"Read","input":{"file_path":"b.py"}}}',
        '{"type":"tool_result","data":{"tool_use_id":"t1","name":"Read","status":"success","output":"x\\ny\\n",'
        '"output_bytes":4}}',
    )

    assert text.endswith("└ Read  a.py  ✓  2 lines, 4 B\n")


def test_a_shortened_output_shows_how_many_lines_are_missing_and_the_file_with_all_of_them() -> None:
    text = render(
        '{"type":"tool_result","data":{"tool_use_id":"t1","name":"Bash","status":"success","duration_ms":5,'
        '"output":"1\\n2\\n3\\n4\\n5\\n6\\n7\\n","output_bytes":12000,"output_file":"r/t1.txt"}}',
    )

    assert text.splitlines() == [
        "└ Bash  ✓ 5ms",
        "    1",
        "    2",
        "    3",
        "    … 2 more lines, 12 kB in total (--full)",
        "    6",
        "    7",
        "    full output (12 kB) in r/t1.txt",
    ]


def test_the_output_of_a_failed_call_shows_more_of_its_end() -> None:
    lines = "\\n".join(f"line {n}" for n in range(1, 31))
    text = render(f'{{"type":"tool_result","data":{{"name":"Bash","status":"error","output":"{lines}"}}}}')

    assert [line.strip() for line in text.splitlines()[1:6]] == [
        "line 1",
        "line 2",
        "line 3",
        "line 4",
        "… 18 more lines, 230 B in total (--full)",
    ]
    assert text.endswith(
        "    line 23\n    line 24\n    line 25\n    line 26\n    line 27\n    line 28\n    line 29\n    line 30\n"
    )


def test_a_blocked_or_failed_call_shows_the_reason() -> None:
    text = render(
        '{"type":"tool_result","data":{"tool_use_id":"a","status":"blocked","duration_ms":0,"reason":"no rm"}}',
        '{"type":"tool_result","data":{"tool_use_id":"b","name":"Bash","status":"error","output":"exit 1"}}',
    )

    assert text == "└ tool  ⊘ blocked  no rm\n└ Bash  ✗ error  exit 1\n"


def test_full_disables_all_shortening() -> None:
    content = "\n".join("x" * 150 + str(n) for n in range(20))
    write = tool_use("Write", file_path="a", content=content)
    long = f'{{"type":"tool_result","data":{{"name":"Bash","status":"success","output":{json.dumps(content)}}}}}'
    info = f'{{"type":"info","data":{{"message":"{"y" * 5000}"}}}}'
    text = render(write, long, info, width=60, full=True)
    assert text.replace("\n", "").replace(" ", "").count("x" * 150) == 40
    assert text.replace("\n", "").replace(" ", "").count("y" * 5000) == 1
    assert "…" not in text
