"""Whether a folder lies on a disk of another machine, where processes cannot share memory by way of a file."""

from __future__ import annotations

import os
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_OF_NETWORKS = {
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb3",
    "smbfs",
    "sshfs",
}


def network_of(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The kind of file system, where it is one of a network; None where it is not, or cannot be told.

    Source: https://docs.kernel.org/filesystems/proc.html (3.5, mountinfo)

    Args:
        mounts: where the system tells what is mounted.
    """
    try:
        device = folder.stat().st_dev
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) > 2 and fields[2] == wanted and after:
            kind = after.split()[0]
            return kind if kind.removeprefix("fuse.") in _OF_NETWORKS else None
    return None
