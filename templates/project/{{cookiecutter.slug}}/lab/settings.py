"""The numbers of this investigation, in two sizes. Change them freely.

QUICK reaches its first figure on two CPU cores within about two minutes.
FULL is the size to report; it is meant for a GPU.
"""

from types import SimpleNamespace
from typing import Any


class Settings(SimpleNamespace):
    """A set of named numbers: `settings.d_model`."""

    def but(self, **changes: Any) -> "Settings":
        """The same settings with some of them changed; a misspelt name is a KeyError."""
        unknown = [name for name in changes if not hasattr(self, name)]
        if unknown:
            raise KeyError(f"no such setting: {', '.join(unknown)}; there are: {', '.join(vars(self))}")
        return Settings(**{**vars(self), **changes})


QUICK = Settings(
{%- for setting in cookiecutter._settings %}
    {{ setting.name }}={{ setting.quick | pprint }},  # {{ setting.help }}
{%- endfor %}
)

FULL = QUICK.but(
{%- for setting in cookiecutter._settings if setting.full != setting.quick %}
    {{ setting.name }}={{ setting.full | pprint }},
{%- endfor %}
)

PRESETS = {"quick": QUICK, "full": FULL}
