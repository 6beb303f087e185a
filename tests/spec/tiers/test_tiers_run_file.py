"""The key ``tiers`` of a run file becomes settings, and what it cannot hold is refused."""

import pytest
from pydantic import ValidationError

from mtss_analysis.findings.settings import TierSettings
from mtss_analysis.parameters.run_file import TierKeys


def test_left_out_keys_are_the_defaults():
    """An empty ``tiers`` asks what the settings ask by default."""
    assert TierKeys().to_settings() == TierSettings()


def test_the_profile_and_domains_are_chosen():
    """The other guide and two domains are taken over."""
    settings = TierKeys.model_validate(
        {"profile": "ies", "domains": ["reading", "math"], "bridge_days": 30}
    ).to_settings()
    assert settings == TierSettings(guide="ies", domains=("reading", "math"), bridge_days=30)


@pytest.mark.parametrize(
    "keys", [{"profile": "both"}, {"domains": ["spelling"]}, {"days_after_screening": -1}, {"guide": "ies"}]
)
def test_what_is_not_known_is_refused(keys):
    """Two guides at once, an unknown domain, a negative number and an unknown key are refused."""
    with pytest.raises(ValidationError):
        TierKeys.model_validate(keys)
