"""Whom a file or a folder obeys: this user and root alone, or somebody else too."""

from __future__ import annotations

import functools
import grp
import os
import pwd
import stat
from pathlib import Path


def is_ours(uid: int) -> bool:
    """Whether what this user owns is believed: it is the user's own, or root's, who may do anything anyway."""
    return uid in (os.geteuid(), 0)


def others_may_write(place: Path | str | int, status: os.stat_result) -> bool:
    """Whether anybody but this user and root may write to it, by its mode.

    A group is nobody else where it has no other member, as the group that many systems make for each user.

    Args:
        place: a path, or the descriptor of an open file.
        status: what the system says of it.
    """
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not (
        _has_nobody_else(status.st_gid) and not _may_have_a_list(place)
    )


def name_of(uid: int) -> str:
    """The name of a user, for messages."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


@functools.lru_cache
def _has_nobody_else(gid: int) -> bool:
    try:
        members = {pwd.getpwnam(name).pw_uid for name in grp.getgrgid(gid).gr_mem}
    except KeyError:
        return False
    return all(map(is_ours, members | {user.pw_uid for user in pwd.getpwall() if user.pw_gid == gid}))


def _may_have_a_list(place: Path | str | int) -> bool:
    """Whether a list of access rights may say more than the mode, which then shows its widest as the group's."""
    try:
        # By its name: a descriptor that is only good for looking at a folder is refused here.
        at = f"/proc/self/fd/{place}" if isinstance(place, int) else place
        return "system.posix_acl_access" in os.listxattr(at)
    except (OSError, AttributeError):
        return True  # cannot be told here
