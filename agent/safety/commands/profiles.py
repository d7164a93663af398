"""Named sets of commands: those of everyday development, and profiles that a project can switch on."""

from typing import NamedTuple

_EVERYDAY = {
    "inspecting": "ls cat head tail less more wc file stat du df tree pwd basename dirname realpath readlink which "
    "type whereis date uname arch hostname whoami groups id printenv ps pgrep pidof pstree top lsof ss netstat "
    "uptime free lscpu vmstat nproc getconf cal bat exa eza lsb_release tokei cloc man help",
    "searching": "find fd fdfind grep egrep fgrep rg ag ack locate fzf",
    "text": "sort uniq cut tr sed awk gawk diff colordiff cmp comm paste column fold fmt nl rev tac tee xargs parallel "
    "jq yq xxd od hexdump base32 base64 md5sum sha1sum sha256sum sha512sum shasum md5 b2sum cksum iconv strings "
    "envsubst patch join csplit split shuf numfmt uuidgen zgrep xmllint xmlstarlet expand unexpand dos2unix unix2dos "
    "look tsort m4 mlr gron dasel pandoc",
    "files": "mkdir rmdir touch cp mv rm ln chmod chown chgrp mktemp install truncate fallocate rsync tar gzip gunzip "
    "zcat zip zipinfo unzip xz unxz xzcat bzip2 bunzip2 bzcat zstd lz4 7z cpio unlink mkfifo sync cygpath",
    "shell": "cd pushd popd dirs echo printf test [ [[ true false : sleep seq env export set unset declare local "
    "typeset readonly shift return exit break continue read mapfile readarray getopts getopt source . deactivate eval "
    "exec trap wait jobs fg bg command builtin hash umask ulimit shopt let compgen caller coproc times time timeout "
    "gtimeout nohup nice ionice stdbuf setsid disown kill pkill killall watch yes expr bc dc factor clear reset tput "
    "stty sh bash dash zsh shellcheck shfmt bats flock history tty nvm fnm pyenv rbenv asdf mise direnv logger",
    "version control": "git git-lfs tig delta",
    "python": "python python3 pip pip3 pipx pipenv uv uvx poetry pdm hatch rye pixi conda mamba micromamba tox nox "
    "pytest py.test coverage ruff black isort mypy dmypy pyright basedpyright flake8 pylint bandit autopep8 yapf "
    "pre-commit virtualenv alembic flask django-admin fastapi celery uvicorn gunicorn hypercorn daphne streamlit "
    "ipython jupyter pip-compile pip-sync pip-audit mkdocs sphinx-build cython cookiecutter copier invoke scrapy "
    "pyinstaller maturin",
    "javascript": "node npm npx pnpm pnpx yarn yarnpkg bun bunx deno tsc ts-node tsx eslint prettier biome oxlint jest "
    "vitest mocha ava c8 nyc cypress vite next nuxt astro ng vue webpack rollup esbuild parcel swc babel turbo nx "
    "lerna rush prisma drizzle-kit knex nodemon concurrently wait-on http-server serve json-server stylelint "
    "tailwindcss sass storybook playwright corepack node-gyp",
    "other languages": "go gofmt goimports golangci-lint gotestsum staticcheck dlv buf cargo rustc rustfmt rustup "
    "rustdoc clippy-driver wasm-pack gcc g++ cc c++ clang clang++ clang-format clang-tidy ld lld ar nm ranlib strip "
    "size objdump objcopy readelf ldd c++filt addr2line gdb lldb valgrind gcov lcov cppcheck "
    "ccache sccache nasm java javac jar javap jshell jps jstack kotlin kotlinc ktlint mvn mvnd gradle ant scala "
    "scalac sbt lein clojure clj ruby irb erb gem bundle bundler rake rails rspec rubocop foreman php composer phpunit "
    "phpstan pest pint psalm artisan perl prove cpanm dotnet swift swiftc swiftlint swiftformat zig ghc ghci cabal "
    "stack elixir iex mix erl erlc rebar3 gleam ocaml opam dune lua luac luajit luarocks R Rscript julia octave "
    "dart flutter nim nimble crystal shards tclsh",
    "building": "make gmake cmake ctest cpack ninja meson scons bazel bazelisk buck2 just task mage ant autoconf "
    "autoreconf automake aclocal libtoolize pkg-config configure bison flex ctags doxygen protoc hugo dot",
    "data": "sqlite3 duckdb openssl",
    "checking": "yamllint actionlint hadolint markdownlint codespell typos vale commitlint",
}
EVERYDAY = frozenset(name for names in _EVERYDAY.values() for name in names.split())
"""The commands that may always run. None of them exists to reach other machines, become root or change this machine."""

PRIVILEGED = frozenset({"sudo", "su", "doas", "pkexec"})
"""Commands that become another user, which no profile contains."""


class Profile(NamedTuple):
    """Commands for one kind of work. With `default`, they may run in the sandbox of every project."""

    about: str
    default: bool
    names: frozenset[str]


def _profile(about: str, names: str, *, default: bool = True) -> Profile:
    return Profile(about, default, frozenset(names.split()))


PROFILES = {
    "network": _profile(
        "fetches from other machines",
        "curl wget nc ncat http https xh ping dig nslookup host ip ifconfig grpcurl websocat ab wrk hey k6 aria2c "
        "fuser twine ssh-keygen ssh-agent ssh-add",
    ),
    "web": _profile(
        "browsers and web servers",
        "chromium chromium-browser google-chrome google-chrome-stable chrome firefox xvfb-run Xvfb chromedriver "
        "geckodriver lighthouse nginx caddy mkcert pm2 openapi-generator swagger-cli newman",
    ),
    "data": _profile(
        "databases, and their servers",
        "psql pg_ctl initdb postgres pg_dump pg_restore pg_isready createdb dropdb createuser mysql mysqld mysqldump "
        "mysqladmin mariadb mariadb-dump redis-cli redis-server valkey-cli valkey-server mongosh mongod mongo "
        "mongodump mongoimport clickhouse clickhouse-client sqlite-utils sqlite3_analyzer pgcli litecli dbmate flyway "
        "liquibase sqlc goose migrate dbt memcached rabbitmqctl nats nats-server minio mc",
    ),
    "media": _profile(
        "images, sound, film and documents",
        "ffmpeg ffprobe sox mediainfo convert magick identify mogrify montage composite compare exiftool inkscape "
        "rsvg-convert optipng pngquant jpegoptim cwebp dwebp svgo gs qpdf pdftotext pdftoppm pdfinfo pdftk wkhtmltopdf "
        "weasyprint tesseract latexmk pdflatex xelatex lualatex bibtex typst fc-list espeak",
    ),
    "terminal": _profile(
        "what people use at a terminal",
        "tmux screen script scriptreplay expect asciinema alias unalias vim vi nvim nano emacs ed ex",
    ),
    "measuring": _profile(
        "runs a command to measure, trace or repeat it",
        "strace ltrace perf hyperfine py-spy entr watchexec inotifywait",
    ),
    "disk": _profile("raw copies of files", "dd qemu-img"),
    "github": _profile("pull requests, issues and workflows at the place that hosts the code", "gh glab hub act"),
    "cloud": _profile(
        "reaches other machines with your credentials",
        "ssh scp sftp ssh-keyscan aws gcloud gsutil az doctl heroku fly flyctl vercel netlify wrangler "
        "firebase supabase terraform tofu pulumi ansible ansible-playbook kubectl helm kustomize k9s serverless sam "
        "cdk",
        default=False,
    ),
    "containers": _profile(
        "reaches past the sandbox: a container may write anywhere on this machine",
        "docker docker-compose podman podman-compose buildah skopeo nerdctl ctr crictl lima limactl colima minikube "
        "kind k3d vagrant devcontainer",
        default=False,
    ),
}
"""The profiles by name. What is on by default can change no file outside the project while the sandbox is on; what
others have on their machines it can reach (`curl -X DELETE`), but for what `remote` denies."""


def profile_of(name: str) -> str | None:
    """Return the name of the profile that contains a command."""
    return next((profile for profile, (_, _, names) in PROFILES.items() if name in names), None)
