"""The parameter DefaultReaders."""

from __future__ import annotations

import pytest

from knowledge.errors import AccessUnreadable
from knowledge.model import Access
from knowledge.rights import defaults


@pytest.mark.parametrize(
    ("text", "access"),
    [
        ("", Access()),
        (" , ,", Access()),
        ("everyone", Access(everyone=True)),
        ("user:u, group:hr board ,user:arn:aws:iam::1:user/u", None),
        ("group:everyone", Access(groups=frozenset({"everyone"}))),
    ],
)
def test_what_it_says(text: str, access: Access | None):
    two = Access(frozenset({"u", "arn:aws:iam::1:user/u"}), frozenset({"hr board"}))
    assert defaults.parse(text) == (access or two if access is not None else two)


@pytest.mark.parametrize("text", ["u", "user:", "user: ", "users:u", "Everyone", "everyone:", "user:u, *", "group u"])
def test_what_it_does_not_say_is_refused(text: str):
    with pytest.raises(AccessUnreadable, match="DefaultReaders has"):
        defaults.parse(text)
