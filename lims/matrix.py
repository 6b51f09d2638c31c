"""Who may do what, as a table: drawn from the actions and the roles, and compared by a test."""

from lims.trust.actions import ACTIONS
from lims.trust.identity.roles import PERMISSIONS, Permission, Role

HEAD = """# Who may do what

Drawn from the code by `make docs`; a test compares. ● does it, ○ may be the second person. Signed: with
name and password again. What nobody has is done by the program itself or by the log-in page."""


def permission_matrix() -> str:
    """A line for each action, a column for each role."""
    roles = list(Role)
    lines = [
        HEAD,
        "",
        f"| action | signed | {' | '.join(roles)} |",
        f"|---|---|{'---|' * len(roles)}",
    ]
    for path, action in sorted(ACTIONS.items()):
        second = action.second_may or action.may
        cells = [
            "".join(
                sign
                for sign, holds in (
                    ("●", action.may in PERMISSIONS[role]),
                    ("○", action.witnessed_as and second in PERMISSIONS[role]),
                )
                if holds
            )
            for role in roles
        ]
        lines.append(f"| {path} | {'yes' if action.signed_as else ''} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_by_permission()])


def _by_permission() -> list[str]:
    head = ["| permission | roles |", "|---|---|"]
    return head + [
        f"| {may.value} | {', '.join(role for role in Role if may in PERMISSIONS[role])} |"
        for may in Permission
    ]
