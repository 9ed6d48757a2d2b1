"""From the environment and `.env` to accounts and their keys; refuses whatever would mix two accounts.

The variables, all of them optional (NAME is A-Z, 0-9 and `_`):

    KRAKEN_MASTER_API_KEY, KRAKEN_MASTER_API_SECRET            the master account
    KRAKEN_USER_<NAME>_API_KEY, KRAKEN_USER_<NAME>_API_SECRET  a user
    KRAKEN_…_API_KEY_FILE, KRAKEN_…_API_SECRET_FILE            in their place: files that hold them
    KRAKEN_USER_<NAME>_USER_ID                                 the user's full id; NAME in lower case without it
    KRAKEN_…_API_OTP, KRAKEN_…_NONCE_UNIT                      the key's two-factor password; ms, us or ns
    KRAKEN_…_IIBAN                                             the internal number of the account it must open
    KRAKEN_API_URL                                             another base URL than Kraken's own
"""

from ..errors import ConfigurationError
from .env_file import find_env_file
from .expectations import NO_CONFIG, NOTHING_EXPECTED, READ_ONLY, Acceptance, Config, Expectation
from .loading import demo_settings, load_settings
from .model import NONCE_UNITS, AccountSettings, Credentials, Settings, SetupProblem
from .url import KRAKEN_URL, is_loopback

__all__ = [
    "KRAKEN_URL",
    "NONCE_UNITS",
    "NOTHING_EXPECTED",
    "NO_CONFIG",
    "READ_ONLY",
    "Acceptance",
    "AccountSettings",
    "Config",
    "ConfigurationError",
    "Credentials",
    "Expectation",
    "Settings",
    "SetupProblem",
    "demo_settings",
    "find_env_file",
    "is_loopback",
    "load_settings",
]
