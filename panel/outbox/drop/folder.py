"""The drop folder itself: how it must be, so that everybody may put mail into it, and nobody else see what is there."""

import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

from panel.errors import CannotCreate, ConfigError
from panel.storage.filesystem import SHARED, kind_of

DROP_MODE = 0o1733  # everybody puts files there; nobody but its owner lists them, or takes those of others away
REJECTED = "rejected"  # the folder in it of what cannot be taken in

# Of one user: taken in before others have their turn, and kept of what cannot be.
FILES_OF_USER = 1_000
BYTES_OF_USER = 256 * 1024 * 1024


def refuse_unprepared(folder: Path) -> None:
    """Raise `ConfigError` where mail must not be laid down there: others could read its names, or take it away."""
    if fault := _fault_of(folder):
        raise ConfigError(f"MAIL_PANEL_DROP is {folder}, {fault}. Run as root: mail-panel drop prepare")


def refuse_unfit_drop(folder: Path, home: Path) -> None:
    """Raise `ConfigError` where the panel must not take mail from there, with what to do."""
    if fault := fault_of(folder, home):
        raise ConfigError(f"MAIL_PANEL_DROP is {folder}, {fault}")


def fault_of(folder: Path, home: Path) -> str:
    """Say what is wrong with the folder for the panel of this user, and what to do; blank where nothing is."""
    if fault := _within(folder, home) or _replaceable(folder, home):
        return fault
    if fault := _fault_of(folder):
        return f"{fault}. Run as root: mail-panel drop prepare"
    owner = folder.stat().st_uid
    if os.geteuid() not in (0, owner):
        name = user_name(owner)
        return f"which belongs to {name}. Run this as that user, or choose another folder and prepare it."
    return _shared(folder)


def prepare_folder(folder: Path, home: Path) -> int:
    """Make the folder for the user whose home it is, or mend its rights; give that user, or raise `PanelError`."""
    owner = _owner_of(home)
    if wrong := _within(folder, home) or _replaceable(folder, home) or _shared(folder.parent):
        raise ConfigError(f"MAIL_PANEL_DROP is {folder}, {wrong}")
    try:
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
    except OSError as fault:
        raise CannotCreate(f"{folder} cannot be made: {fault.strerror}. Run this as root.") from fault
    opened = _opened(folder, owner)
    try:
        rejected = _rejected(opened, owner)
        os.close(rejected)
        os.fchown(opened, owner, -1)
        os.fchmod(opened, DROP_MODE)  # last: before, nobody puts anything there
        os.fsync(opened)
    finally:
        os.close(opened)
    return owner


def open_folder(folder: Path) -> int:
    """Open the folder to take from it; raise `OSError` where it is not there, or a link."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def open_rejected(opened: int) -> int:
    """Open the folder of what cannot be taken in, which is made where it is missing; nobody else's is used."""
    return _rejected(opened, os.fstat(opened).st_uid)


def user_name(uid: int) -> str:
    """Name a user of this machine, by the number where it has no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _fault_of(folder: Path) -> str:
    try:
        found = os.lstat(folder)
    except OSError as fault:
        return f"which cannot be used ({fault.strerror})"
    if not stat.S_ISDIR(found.st_mode):
        return "which is no folder of its own"
    mode = stat.S_IMODE(found.st_mode)
    return "" if mode == DROP_MODE else f"whose mode is {mode:04o} and not {DROP_MODE:04o}"


def _within(folder: Path, home: Path) -> str:
    """Say so where one is within the other: the home is closed to those who are to reach the folder."""
    inner, outer = Path(os.path.realpath(folder)), Path(os.path.realpath(home))
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        return (
            f"which is not apart from MAIL_PANEL_HOME ({home}). Choose another folder, such as /var/spool/mail-panel."
        )
    return ""


def _replaceable(folder: Path, home: Path) -> str:
    """Say so where another user could put a folder of theirs in the place of ours."""
    if not folder.is_absolute():
        return "which is not a whole path. Begin it with /."
    trusted = {0, os.geteuid()}
    with suppress(OSError):
        trusted.add(home.stat().st_uid)
    for parent in folder.parents:
        try:
            found = parent.stat()
        except OSError as fault:
            return f"and {parent} cannot be used: {fault.strerror}."
        if found.st_uid not in trusted:
            return (
                f"and {user_name(found.st_uid)}, whose {parent} is, may replace what is in there. Choose another one."
            )
        if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
            return f"and everybody may replace what is in {parent}. Run: chmod o-w {parent}"
    return ""


def _shared(folder: Path) -> str:
    kind = kind_of(folder)
    return f"which is on a network file system ({kind}). Choose a folder on a local disk." if kind in SHARED else ""


def _owner_of(home: Path) -> int:
    """Give the user of the panel: whose home it is, for root; nobody else prepares a folder for another one."""
    if os.geteuid():
        return os.geteuid()
    try:
        return home.stat().st_uid
    except OSError as fault:
        raise ConfigError(
            f"MAIL_PANEL_HOME is {home}, and tells whose the folder is: {fault.strerror}. Start the panel first."
        ) from fault


def _opened(folder: Path, owner: int) -> int:
    """Open the folder that is to be prepared; one of somebody else's is not."""
    try:
        opened = open_folder(folder)
    except OSError as fault:
        raise CannotCreate(f"{folder} cannot be prepared: {fault.strerror}.") from fault
    found = os.fstat(opened)
    if found.st_uid not in (owner, os.geteuid()):
        os.close(opened)
        raise CannotCreate(f"{folder} belongs to {user_name(found.st_uid)}. Choose another folder.")
    return opened


def _rejected(opened: int, owner: int) -> int:
    """Make and open the folder of what cannot be taken in, for its owner alone."""
    with suppress(FileExistsError):
        os.mkdir(REJECTED, 0o700, dir_fd=opened)
    try:
        found = os.open(REJECTED, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=opened)
    except OSError as fault:
        raise CannotCreate(f"{REJECTED} in MAIL_PANEL_DROP is not ours ({fault.strerror}): take it away.") from fault
    if os.fstat(found).st_uid not in (owner, os.geteuid()):
        os.close(found)
        raise CannotCreate(f"{REJECTED} in MAIL_PANEL_DROP is another user's: take it away.")
    if os.fstat(found).st_uid != owner:
        os.fchown(found, owner, -1)
    os.fchmod(found, 0o700)
    return found
