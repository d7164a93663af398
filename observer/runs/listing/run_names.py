"""Names a run and its project for people. Pure."""

from pathlib import Path

from observer.source.locate import LATEST_ID, STDIN, run_id


def run_title(run: str, path: Path) -> str:
    """Return the ID of a run, and the name of its file if that does not say it.

    >>> run_title("r1", Path("runs/r1.ndjson.gz")), run_title("r1", Path("backup.ndjson"))
    ('r1', 'r1 in backup.ndjson')
    """
    return run if run_id(path) in {run, LATEST_ID} or path == STDIN else f"{run} in {path.name}"


def project_name(project_dir: str | None) -> str | None:
    """Return the name of a project directory: the last part of its path.

    >>> project_name("/home/me/shop/"), project_name("")
    ('shop', None)
    """
    if not project_dir:
        return None
    return project_dir.replace("\\", "/").rstrip("/").rpartition("/")[2] or project_dir
