"""Who works with the system: one person who has proved who they are, as every room may know them."""

from dataclasses import dataclass

NATION = "000000"
"""The region code that stands for the whole country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A member of staff during one request; roles and permissions are as they are now, not as at log-in."""

    id: int
    """Number of the account."""
    account: str
    """Log-in name, lower case; what authors and reviewers are recorded as."""
    name: str
    """As shown to colleagues."""
    roles: frozenset[str]
    """Codes of `staff.roles.ROLES`."""
    regions: tuple[str, ...]
    """Administrative division codes the person is responsible for; `000000` is the whole country."""
    permissions: frozenset[str]
    """What the roles allow, such as `knowledge.edit`."""
    must_change: bool = False
    """The password was given by somebody else: nothing but changing it is allowed."""

    def may(self, permission: str) -> bool:
        """Whether the person's roles allow this."""
        return permission in self.permissions

    def covers(self, region: str) -> bool:
        """Whether a region lies within one of the person's: 330100 lies within 330000 and 000000, not within 330200."""
        return any(region.startswith(_stem(own)) for own in self.regions)


def _stem(region: str) -> str:
    """The digits of a division code that its parts share: 330000 -> 33, 330100 -> 3301, 000000 -> nothing."""
    while region.endswith("00"):
        region = region[:-2]
    return region
