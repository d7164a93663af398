"""What others have is neither deleted nor overwritten, with the sandbox on or off."""

import pytest

from tests.agent.safety.commands.conftest import Check, wrong_verdicts

VERDICTS = {
    "remote": {
        "force": "git push --force origin main",
        "force, in short": "git push -uf origin main",
        "force, with options of git": "git -C app -c a=b --no-pager push -f",
        "a refspec with force": "git push origin +main:main",
        "a refspec that deletes": "git push origin :old",
        "deleting": "git push origin --delete old",
        "deleting what is not here": "git push --mirror backup",
        "a release of another repository": "gh -R a/b release delete v1",
        "a release, without a question": "gh release --yes delete v1",
        "a request that deletes, in one word": "gh api --method=delete repos/example/notes",
        "a package, behind an option": "npm --force unpublish x",
        "a crate, by another toolchain": "cargo +nightly yank --version 1.0.0",
        "a repository": "gh repo delete example/notes --yes",
        "a release": "gh release delete v1",
        "a request that deletes": "gh api --method DELETE repos/example/notes",
        "a request that deletes, in short": "gh api -XDELETE repos/example/notes",
        "a package": "npm unpublish notes --force",
        "a crate": "cargo yank --version 1.0.0",
        "files of another machine": "rsync -a --delete build/ host:/srv/www",
        "files of another machine, with the option behind": "rsync -a build/ host:/srv/www --delete",
        "a file of a release": "gh release delete-asset v1 notes.tgz",
        "files of a server": "rsync -a build/ rsync://host/www",
    },
    "passes": {
        "a push": "git push -u origin HEAD:refs/heads/main; git push --tags; git push",
        "a push of a rebased branch": "git push --force-with-lease origin feature",
        "a rehearsal": "git push --dry-run -f; git push -n --delete origin old",
        "another subcommand": "git branch -D old; git fetch --prune; git stash push -u -m f",
        "a pull request": "gh pr create --title 'Delete it' --body 'delete'; gh api repos/example/notes",
        "a publication": "npm publish --dry-run; cargo publish --dry-run",
        "files here": "rsync -a --delete build/ public/; rsync -a host:/srv/www/ copy",
    },
}


@pytest.mark.parametrize("sandboxed", [False, True])
def test_what_others_have_is_left_alone(check: Check, sandboxed: bool) -> None:
    assert wrong_verdicts(check, VERDICTS, "gh", sandboxed=sandboxed) == {}
