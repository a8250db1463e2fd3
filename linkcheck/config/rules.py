"""Settings → the rules of proxies, sites and exclusions, loaded when they are needed."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from linkcheck.config.settings import RULES, Settings

if TYPE_CHECKING:
    from linkcheck.targets import Rules


def rules(settings: Settings) -> Callable[[], "Rules"]:
    """Shipped rules and the user's; his were checked with the file that holds them."""

    @cache
    def load() -> "Rules":
        from linkcheck import targets

        return targets.load({name: list(getattr(settings, setting)) for name, setting in RULES.items()})

    return load
