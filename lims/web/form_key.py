"""The secret that signs form tokens: given by the environment or kept beside the keys."""

import secrets
from pathlib import Path


def secret_key(folder: Path) -> str:
    """The kept secret, made on first use and readable by its owner only."""
    path = folder / "forms.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()
