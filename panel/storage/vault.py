"""Seals a secret at rest: authenticated, bound to what it is for, and readable after the key has changed.

Where several machines use one server, all seal with the key whose fingerprint the database holds, wherever it stands
in the keys of a machine; without that key a machine seals nothing.

A sealed value is `1 byte format | 4 bytes key id | 12 bytes nonce | AES-256-GCM ciphertext`; what it is bound to is
associated data, so that a value copied to another field or destination does not open there.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from json import detect_encoding
from pathlib import Path

from panel import logs
from panel.errors import VaultError
from panel.i18n import N_
from panel.storage.filesystem import is_mount_point, sync
from panel.storage.shared_key import SharedKey

OTHER_KEY = N_(
    "This machine does not have the key that the database goes by, so it sends nothing and saves no password. Copy the "
    "key of a machine that sends to this one (the file of MAIL_PANEL_KEY_FILE, or MAIL_PANEL_KEYS)."
)
KEY_BYTES = 32
_FORMAT = b"\x01"
_ID_BYTES = 4
_NONCE_BYTES = 12  # NIST SP 800-38D section 8.2


class NoKey(VaultError):
    """There is no key file where it was looked for."""


class Vault:
    """Several keys: one seals, all open; `source` reads them again, for other processes change them.

    The one that seals is the first, or the one that all machines have agreed on.
    """

    def __init__(
        self,
        keys: Sequence[bytes],
        source: Callable[[], Sequence[bytes]] | None = None,
        shared: SharedKey | None = None,
    ) -> None:
        self._source = source
        self._shared = shared
        self._agreed: str | None = None  # the fingerprint in the database, as it was when it was looked at
        self._refused = ""  # why the key file that is here was not taken
        self._told = ""  # what was said of the key of all machines, where it is not here
        self._keys: dict[bytes, bytes] = {}
        self._take(keys)

    def refresh(self) -> None:
        """Read the keys again; who is about to seal does so while the data file is locked, as it is in a rotation."""
        if self._source:
            self._take(self._source())
        if self._shared:
            self._agreed = self._shared.read()

    # The key of all machines

    def look(self) -> bool:
        """Look which key all machines go by, and say whether it is here; the key of a data file is nobody else's."""
        if self._shared:
            self._agreed = self._shared.read()
            self._refused = "" if self.agrees else self._take_what_was_put_here()
            missing = "" if self.agrees else self.remedy
            if missing and missing != self._told:
                logs.error("key_differs", text=missing)
            elif self._told and not missing:
                logs.info("key_found")
            self._told = missing
        return self.agrees

    def _take_what_was_put_here(self) -> str:
        """Read the keys again, and say why the file that is there cannot be taken, if so."""
        try:
            self.refresh()
        except NoKey:
            return ""
        except VaultError as fault:
            return str(fault)
        return ""

    @property
    def agrees(self) -> bool:
        """Say whether the key that all machines go by was here when that was last looked at."""
        return self._agreed is None or self._key_agreed_on is not None

    @property
    def remedy(self) -> str:
        """Say what to do where that key was not here."""
        return self._refused or OTHER_KEY

    @property
    def is_undecided(self) -> bool:
        """Say whether no machine has noted a key yet."""
        return self._shared is not None and self._agreed is None

    @property
    def has_newer(self) -> bool:
        """Say whether a key stands before the one that all machines go by, as in the middle of a rotation."""
        return self._key_agreed_on not in (None, self._newest)

    def note_key(self) -> None:
        """Have all machines go by our newest key, unless another one was noted meanwhile."""
        if self._shared:
            self._agreed = self._shared.note(fingerprint_of(self._newest))

    def change_key(self) -> None:
        """Read the keys again, and have all machines go by the newest; in the transaction of a rotation."""
        self.refresh()
        if self._shared:
            self._agreed = fingerprint_of(self._newest)
            self._shared.replace(self._agreed)

    @property
    def _key_agreed_on(self) -> bytes | None:
        return next((key for key in [*self._keys.values()] if fingerprint_of(key) == self._agreed), None)

    @property
    def _sealing(self) -> bytes:
        """Give the key that seals, or raise `VaultError`."""
        if self.is_undecided:
            self.note_key()
        key = self._newest if self._agreed is None else self._key_agreed_on
        if key is None:
            raise VaultError(self.remedy)
        return key

    # What is sealed

    def needs(self, sealed: bytes) -> bytes:
        """Give the id of the key that a sealed value needs."""
        return _parts(sealed)[0][len(_FORMAT) :]

    def seal(self, secret: str, bound_to: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # slow to load, and not always needed

        key = self._sealing  # once: another thread may read the keys again
        head = _FORMAT + _key_id(key)
        nonce = os.urandom(_NONCE_BYTES)
        return head + nonce + AESGCM(key).encrypt(nonce, secret.encode(), head + bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> str:
        """Give the secret back, or raise `VaultError` where no key opens it or it is bound to something else."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        head, nonce, ciphertext = _parts(sealed)
        if head[1:] not in self._keys:
            self.refresh()
        key = self._keys.get(head[1:])
        if key is None or head[:1] != _FORMAT:
            raise VaultError("A saved password was sealed with a key that is not here. Enter the password again.")
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, head + bound_to.encode()).decode()
        except (InvalidTag, ValueError):  # or too short to be one
            raise VaultError("A saved password cannot be read. Enter the password again.") from None

    def derive(self, purpose: str) -> list[bytes]:
        """Give one key for another purpose from each of ours, the one that seals first (RFC 5869 in its short form)."""
        first = self._key_agreed_on
        keys = sorted(self._keys.values(), key=lambda key: key != first) if first else self._keys.values()
        return [hashlib.blake2b(purpose.encode(), key=key, digest_size=32).digest() for key in keys]

    def _take(self, keys: Sequence[bytes]) -> None:
        """Take the first for the newest from now on; one that was dropped still opens what was read before that."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise VaultError(f"A key has {KEY_BYTES} bytes, and at least one is needed.")
        self._keys = {_key_id(key): key for key in keys} | {
            number: key for number, key in self._keys.items() if key not in keys
        }
        self._newest = keys[0]


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def read_keys(lines: Sequence[str], source: str) -> list[bytes]:
    """Read keys written as base64, newest first; `source` names where they came from in a fault."""
    keys = []
    for line in filter(None, (line.strip() for line in lines)):
        try:
            key = base64.urlsafe_b64decode(line.replace("+", "-").replace("/", "_"))
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise VaultError(f"{source} holds something that is not a key of {KEY_BYTES} bytes in base64.")
        keys.append(key)
    if not keys:
        raise VaultError(f"{source} holds no key. Restore it from a copy, or remove it to start with a new key.")
    return keys


def load_or_make(path: Path) -> list[bytes]:
    """Read the key file, or make one that only its owner may read; refuse one that others can read."""
    if not path.exists():
        _make(path)
    return load_keys(path)


def no_key(path: Path) -> NoKey:
    """Say where a key is missed, and what else tells where it is."""
    elsewhere = "MAIL_PANEL_KEY_FILE, MAIL_PANEL_KEYS or CREDENTIALS_DIRECTORY"
    return NoKey(f"There is no key at {path}. Put the file back, or say in {elsewhere} where it is.")


def load_keys(path: Path) -> list[bytes]:
    """Read the key file, or raise `VaultError` where it is missing, another's, or readable by others."""
    try:
        _refuse_others(path, path.stat())
        return read_keys(_text(path.read_bytes()).splitlines(), str(path))
    except FileNotFoundError:
        raise no_key(path) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise VaultError(f"The key file {path} cannot be read: {fault}.") from fault


def is_exposed(file: os.stat_result) -> bool:
    """Say whether more can read a key file than its owner; one of root's may be its group's, as a mounted secret is.

    systemd gives a credential by an access list where it can, which shows as the group's right to read.
    """
    return bool(file.st_mode & (0o037 if file.st_uid == 0 else 0o077))


def is_fixed(path: Path) -> bool:
    """Say whether the key file is put there by the system, so that no other can take its place."""
    return not os.access(path.resolve().parent, os.W_OK) or is_mount_point(path)


def _text(data: bytes) -> str:
    """Read a text file that may begin with a byte order mark, as PowerShell writes files."""
    return data.decode(detect_encoding(data))


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Let one process at a time change the key file; the kernel takes the lock from one that is killed."""
    lock = path.resolve().with_name(f"{path.resolve().name}.lock")
    with _as_vault_error(path):
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def add_key(path: Path) -> None:
    """Put a new key before those of the file; it is on disk when this returns."""
    store_keys(path, [new_key(), *load_keys(path)])


def drop_keys(path: Path, needed: Container[bytes]) -> None:
    """Drop the old keys whose ids nothing needs."""
    newest, *old = load_keys(path)
    store_keys(path, [newest, *(key for key in old if _key_id(key) in needed)])


def store_keys(path: Path, keys: Sequence[bytes]) -> None:
    """Put another list of keys into the key file in one step that no crash undoes; its owner stays."""
    path = path.resolve()
    beside = path.with_name(path.name + ".new")
    with _as_vault_error(path):
        beside.unlink(missing_ok=True)
        _write(_new_file(beside, like=path), keys)
        beside.replace(path)
        sync(path.parent)


def _new_file(path: Path, *, like: Path) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    if os.geteuid() == 0 and like.exists():  # root changes what belongs to the panel's user
        owner = like.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def _make(path: Path) -> None:
    """Make a key file that is whole as soon as it is there; where several processes begin, one of them makes it."""
    beside = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    try:
        _write(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), [new_key()])
        with suppress(FileExistsError):
            os.link(beside, path)
            sync(path.parent)
    except OSError as fault:
        raise VaultError(f"The key file {path} cannot be made: {fault.strerror}.") from fault
    finally:
        beside.unlink(missing_ok=True)


def _refuse_others(path: Path, file: os.stat_result) -> None:
    if os.geteuid() and file.st_uid not in (0, os.geteuid()):
        raise VaultError(
            f"The key file {path} belongs to another user, who could have put it there. "
            "Put your own back from a copy, or give the panel's user this one with chown if you know it."
        )
    if is_exposed(file):
        remedy = _MOUNT if is_fixed(path) else f"Run: chmod {'600' if file.st_uid == os.geteuid() else '640'} {path}"
        raise VaultError(f"Others can read the key file {path}. {remedy}")


_MOUNT = (
    "Have it put there with mode 0400 and owned by this user, or with 0440, owned by root and of this user's group."
)


@contextmanager
def _as_vault_error(path: Path) -> Iterator[None]:
    """Turn what a file system says into a sentence for the operator."""
    try:
        yield
    except OSError as fault:
        raise VaultError(f"The key file {path} cannot be changed: {fault.strerror}.") from fault


def _write(descriptor: int, keys: Sequence[bytes]) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"".join(base64.urlsafe_b64encode(key) + b"\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"mail-panel key id" + key).digest()[:_ID_BYTES]


def _parts(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    head = len(_FORMAT) + _ID_BYTES
    return sealed[:head], sealed[head : head + _NONCE_BYTES], sealed[head + _NONCE_BYTES :]


def fingerprint_of(key: bytes) -> str:
    """Give what tells a key from others and does not lead back to it, as the machines of one server compare theirs."""
    return hashlib.blake2b(b"the key of several machines", key=key, digest_size=16).hexdigest()
