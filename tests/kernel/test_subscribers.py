"""By what visitors are counted: an IPv6 subscriber owns more addresses than a limit can follow."""

import pytest

from nummer.kernel.limits import subscriber_of


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("no address", "no address"),
        (None, ""),
    ],
)
def test_a_visitor_is_counted_by_his_subscriber(address: str | None, counted_as: str) -> None:
    assert subscriber_of(address) == counted_as
